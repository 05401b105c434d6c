// Runs before the first paint: no flash of the wrong theme, and the right language for screen readers.
(function () {
  var root = document.documentElement;
  var theme = localStorage.getItem("sluice.theme");
  var dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  var language = localStorage.getItem("sluice.language") || navigator.language;
  root.lang = language.toLowerCase().indexOf("zh") === 0 ? "zh-CN" : "en";
})();
