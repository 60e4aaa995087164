"""`python -m ztix`: the same as the program `ztix`."""

from ztix.cli import main

if __name__ == "__main__":
    main()
