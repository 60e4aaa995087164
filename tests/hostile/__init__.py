"""Pull requests of people who mean no good, and of some who do: each with the verdict that it must get."""
