// Two things that a page inside Airflow's sandboxed frame cannot do with markup: follow Airflow's theme, and lead the
// whole window to a run. Everything else works without this script.
(() => {
  "use strict";
  const inside = (() => {
    try { return window.parent !== window && window.parent.document ? window.parent : null; } catch { return null; }
  })();

  const chosen = () => {
    if (inside) {
      const root = inside.document.documentElement;
      const named = [root.dataset.theme, root.style.colorScheme, ...root.classList];
      return ["dark", "light"].find((theme) => named.includes(theme));
    }
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const follow = () => {
    const theme = chosen();
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  follow();
  if (!inside) return;
  new MutationObserver(follow).observe(inside.document.documentElement, {
    attributes: true, attributeFilter: ["class", "style", "data-theme"],
  });

  // The frame may neither navigate its parent nor open a window, but its parent may: a link of the parent's own does it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[target]");
    if (!link || event.defaultPrevented || event.button !== 0) return;
    const there = new URL(link.href);
    if (there.protocol !== "http:" && there.protocol !== "https:") return;
    event.preventDefault();
    const own = inside.document.createElement("a");
    own.href = there.href;
    own.rel = "noopener noreferrer";
    if (link.target === "_blank" || event.ctrlKey || event.metaKey) own.target = "_blank";
    inside.document.body.append(own);
    own.click();
    own.remove();
  });
})();
