// Gradio's displays of waiting count 60 times a second, and never cease to when they are taken away while they wait, as
// the one of the opening page is. Tenths of a second are what they show, and an idle page should cost nothing.
(() => {
  const draw = window.requestAnimationFrame.bind(window);
  const isCount = (step) => /performance\.now\(\)\s*-[^;]*\/\s*1e3/.test(Function.prototype.toString.call(step));
  const isWaiting = () => document.querySelector("[data-testid=status-tracker]:not(.hide)");
  window.requestAnimationFrame = (step) => isCount(step) ? setTimeout(() => draw(step), isWaiting() ? 100 : 1000) : draw(step);
})();
