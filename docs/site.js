// Law: makes what scrolls reachable by keyboard, and nothing else.
addEventListener("load", () => {
  for (const code of document.querySelectorAll("pre > code")) {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  }
});
