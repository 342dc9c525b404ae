"use strict";
// The explorer. All that models wrote is set as textContent, so that none of it can become markup.
(() => {
  const found = JSON.parse(document.getElementById("records").textContent);
  const byId = new Map(found.instructions.map((row) => [row.id, row]));
  const rows = [
    ...found.instructions,
    ...found.rejected.map((row) => ({ ...row, isRejected: true })),
  ];
  const el = (id) => document.getElementById(id);
  const PAGE = 50;
  let shown = PAGE;
  let opened = null;

  // What cannot be seen, or would turn the text around, is named. The joiners that scripts and emoji need stay.
  const visible = (text) => String(text).replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (c) =>
    c === "\n" || c === "\t" || c === "\u200c" || c === "\u200d" ? c
      : `\u27e8U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`);
  const make = (name, text, ...children) => {
    const node = document.createElement(name);
    if (text !== null && text !== undefined) node.textContent = visible(text);
    node.append(...children);
    return node;
  };
  const whole = (row) => (row.input ? `${row.text}\n${row.input}` : row.text);
  const sides = (row) => row.turns.map((turn) => turn.side || "not judged").join(" \u2192 ") || "not judged";
  const search = new Map(rows.map((row) => [row, `${row.id}\n${whole(row)}`.toLowerCase()]));

  function matches(row, wanted) {
    if (wanted.text && !search.get(row).includes(wanted.text)) return false;
    const k = wanted.iteration === "" ? null : Number(wanted.iteration);
    if (wanted.state === "rejected" ? !row.isRejected : wanted.state && row.isRejected) return false;
    if (wanted.origin && row.origin !== wanted.origin) return false;
    if (wanted.category && row.category !== wanted.category) return false;
    if (wanted.state === "generated") return row.origin !== "seed" && (k === null || row.born === k);
    if (["hard", "easy", "unjudged"].includes(wanted.state))
      return row.turns.some((turn) => turn.side === wanted.state && (k === null || turn.k === k));
    return k === null || row.born === k || Boolean(row.turns && row.turns.some((turn) => turn.k === k));
  }

  function list() {
    const wanted = {
      text: el("text").value.trim().toLowerCase(),
      iteration: el("iteration").value,
      state: el("state").value,
      origin: el("origin").value,
      category: el("category").value,
    };
    const hits = rows.filter((row) => matches(row, wanted));
    el("hits").textContent = `${hits.length.toLocaleString("en")} found`;
    el("list").replaceChildren(...hits.slice(0, shown).map(item));
    el("more").hidden = hits.length <= shown;
  }

  // The commonest category first; "other" is none of them, and stands last.
  function categories() {
    const counts = new Map();
    rows.forEach((row) => counts.set(row.category, (counts.get(row.category) || 0) + 1));
    const order = ([one, n], [other, m]) => (one === "other") - (other === "other") || m - n || (one < other ? -1 : 1);
    [...counts].sort(order).forEach(([name, count]) => {
      const option = make("option", `${name} (${count.toLocaleString("en")})`);
      option.value = name;
      el("category").append(option);
    });
  }

  function item(row) {
    const state = row.isRejected ? `rejected: ${row.reason}` : sides(row);
    const button = press(null, () => open(row));
    button.append(make("span", state), make("bdi", whole(row).slice(0, 160)));
    button.dataset.id = row.id;
    return make("li", null, button);
  }

  function open(row) {
    const detail = el("detail");
    opened = row;
    detail.replaceChildren(
      press("Back to the list", back),
      make("h3", `${row.isRejected ? "Rejected candidate" : "Instruction"} ${row.id}`),
      make("pre", whole(row)),
      facts(row),
      ...(row.isRejected ? [] : [...row.turns].reverse().map((turn) => round(row, turn))),
    );
    if (!row.isRejected && !row.turns.length) detail.append(answer("h4", "Teacher", row.teacher));
    detail.hidden = false;
    detail.querySelectorAll("pre").forEach(reachable);
    detail.focus();
    detail.scrollIntoView({ block: "start" });
  }

  // To the row that was opened, where the list still has it; else to its first, or to the search.
  function back() {
    const button = opened && [...el("list").querySelectorAll("button")].find((b) => b.dataset.id === opened.id);
    const target = button || el("list").querySelector("button") || el("text");
    target.focus();
    target.scrollIntoView({ block: "center" });
  }

  // A text that is longer than its box can be scrolled with the keyboard too.
  function reachable(pre) {
    if (pre.scrollHeight <= pre.clientHeight) return;
    pre.tabIndex = 0;
    pre.setAttribute("role", "region");
    pre.setAttribute("aria-label", pre.previousElementSibling.textContent);
  }

  function press(text, action) {
    const button = make("button", text);
    button.type = "button";
    button.addEventListener("click", action);
    return button;
  }

  function facts(row) {
    const told = make("dl");
    const add = (name, ...nodes) => told.append(make("dt", name), make("dd", null, ...nodes));
    add("category", make("span", row.category));
    add("born", make("span", `iteration ${row.born}, ${row.origin === "seed" ? "seed" : `modelled on ${row.origin === "hard" ? "a hard one" : "an easy one"}`}`));
    if (row.parent) add("parent", link(row.parent));
    if (row.children && row.children.length) add("children", ...row.children.map(link));
    if (row.isRejected) add("why", make("span", `${row.reason} ${row.detail}`));
    if (row.nearest) add("nearest", link(row.nearest), make("span", row.f1 === null ? "" : ` ROUGE-L F1 ${row.f1.toFixed(2)}`));
    return told;
  }

  function link(id) {
    const row = byId.get(id);
    if (!row) return make("span", `${id} (not in the sample) `);
    const button = press(id, () => open(row));
    button.title = visible(whole(row).slice(0, 200));
    return button;
  }

  function round(row, turn) {
    const gap = turn.gap === undefined ? "" : `, gap ${turn.gap}`;
    const box = make("section", null,
      make("h4", `Iteration ${turn.k}: ${turn.side || "not judged"}${gap}${turn.why ? ` (${turn.why})` : ""}`),
      make("div", null, answer("h5", "Teacher", row.teacher), answer("h5", `Student ${turn.k}`, turn.student)),
      make("div", null, ...turn.reviews.map(review)));
    box.querySelectorAll("div").forEach((pair) => { if (pair.parentNode === box) pair.className = "pair"; });
    return box;
  }

  const answer = (heading, who, text) => make("div", null, make(heading, who),
    text === null || text === undefined ? make("p", "no answer") : make("pre", text));
  const review = ([order, teacher, student, text, reason]) => make("div", null,
    make("h5", `Referee, ${order.replace("-", " ")}: ${reason ? reason : `teacher ${teacher}, student ${student}`}`),
    make("pre", text));

  let waiting = 0;
  const again = () => { shown = PAGE; clearTimeout(waiting); waiting = setTimeout(list, 80); };
  ["text", "iteration", "state", "origin", "category"].forEach((id) => el(id).addEventListener("input", again));
  el("more").addEventListener("click", () => {
    const next = el("list").childElementCount;
    shown += PAGE;
    list();
    el("list").querySelectorAll("button")[next].focus();
  });
  el("detail").addEventListener("keydown", (event) => { if (event.key === "Escape") back(); });
  el("explorer").hidden = false;
  categories();
  list();
})();
