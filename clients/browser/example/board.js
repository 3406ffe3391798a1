// A small job board. What is tracked stands in index.html, as data-track; this file knows of it only the receiver of
// each job, and one call of footfall.track.
const PAGE = 12;
const view = document.getElementById("view");
const jobs = await (await fetch("/jobs.json")).json();
const saved = new Set();
let shown = 0;

function filled(template, job) {
  const article = document.getElementById(template).content.cloneNode(true).firstElementChild;
  const receiver = `job:${job.id}`;
  article.dataset.receiver = receiver;
  article.querySelector(".company").textContent = job.company;
  for (const element of article.querySelectorAll("footfall-count, footfall-sparkline")) element.setAttribute("receiver", receiver);
  const link = article.querySelector("h2 a");
  if (link) link.href = `/jobs/${job.id}`;
  (link ?? article.querySelector("h2")).textContent = job.title;
  const save = article.querySelector("[aria-pressed]");
  save.setAttribute("aria-pressed", saved.has(job.id));
  save.addEventListener("click", () => {
    saved.has(job.id) ? saved.delete(job.id) : saved.add(job.id);
    save.setAttribute("aria-pressed", saved.has(job.id));
  });
  article.querySelector(".apply")?.addEventListener("click", ({ target }) => (target.textContent = "Thank you"));
  return article;
}

/** The list grows as it is scrolled to its end. */
const end = document.createElement("div");
const grows = new IntersectionObserver(([entry]) => entry.isIntersecting && more(), { rootMargin: "200px" });

function more() {
  end.before(...jobs.slice(shown, shown + PAGE).map((job) => filled("card", job)));
  shown = Math.min(shown + PAGE, jobs.length);
}

function route() {
  const id = /^\/jobs\/(\d+)$/.exec(location.pathname)?.[1];
  const job = jobs.find((one) => one.id === id);
  document.title = job ? job.title : "Jobs";
  grows.disconnect();
  view.replaceChildren(job ? filled("job", job) : end);
  scrollTo(0, 0);
  if (job) return;
  shown = 0;
  more();
  grows.observe(end);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/']");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  route();
});
addEventListener("popstate", route);
document.getElementById("wrong").addEventListener("click", () => window.footfall?.track("click__saveJob", "42"));
route();
