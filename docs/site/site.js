// The types that F# code has, where the mouse is; on narrow screens the list of pages is closed at first.
let shown = null;

document.addEventListener("mouseover", event => {
  const name = event.target.closest("[data-fsdocs-tip]");
  if (name === shown) return;
  shown = name;
  document.querySelectorAll(".fsdocs-tip:popover-open").forEach(tip => tip.hidePopover());
  const tip = name && document.getElementById(name.dataset.fsdocsTip);
  if (!tip) return;
  tip.showPopover();
  const at = name.getBoundingClientRect();
  tip.style.left = Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8)) + "px";
  tip.style.top = (at.bottom + tip.offsetHeight + 8 < innerHeight ? at.bottom + 4 : at.top - tip.offsetHeight - 4) + "px";
});

if (matchMedia("(max-width: 60rem)").matches) document.querySelector("nav details").open = false;
