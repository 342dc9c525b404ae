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
  const last = (row) => (row.turns && row.turns.length ? row.turns[row.turns.length - 1] : null);
  const search = new Map(rows.map((row) => [row, `${row.id}\n${whole(row)}`.toLowerCase()]));

  function matches(row, wanted) {
    if (wanted.text && !search.get(row).includes(wanted.text)) return false;
    const k = wanted.iteration === "" ? null : Number(wanted.iteration);
    if (wanted.state === "rejected" ? !row.isRejected : wanted.state && row.isRejected) return false;
    if (wanted.origin && row.origin !== wanted.origin) return false;
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
    };
    const hits = rows.filter((row) => matches(row, wanted));
    el("hits").textContent = `${hits.length.toLocaleString("en")} found`;
    el("list").replaceChildren(...hits.slice(0, shown).map(item));
    el("more").hidden = hits.length <= shown;
  }

  function item(row) {
    const turn = last(row);
    const state = row.isRejected ? `rejected: ${row.reason}` : turn ? turn.side || "not judged" : "not judged";
    const button = make("button", null, make("span", state), make("bdi", whole(row).slice(0, 160)));
    button.type = "button";
    button.dataset.id = row.id;
    button.addEventListener("click", () => open(row));
    return make("li", null, button);
  }

  function open(row) {
    const detail = el("detail");
    detail.replaceChildren(
      make("h3", `${row.isRejected ? "Rejected candidate" : "Instruction"} ${row.id}`),
      make("pre", whole(row)),
      facts(row),
      ...(row.isRejected ? [] : [...row.turns].reverse().map((turn) => round(row, turn))),
    );
    if (!row.isRejected && !row.turns.length) detail.append(answer("Teacher", row.teacher));
    detail.hidden = false;
    detail.focus();
    detail.scrollIntoView({ block: "start" });
  }

  function facts(row) {
    const told = make("dl");
    const add = (name, ...nodes) => told.append(make("dt", name), make("dd", null, ...nodes));
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
    const button = make("button", id);
    button.type = "button";
    button.title = visible(whole(row).slice(0, 200));
    button.addEventListener("click", () => open(row));
    return button;
  }

  function round(row, turn) {
    const gap = turn.gap === undefined ? "" : `, gap ${turn.gap}`;
    const box = make("section", null,
      make("h4", `Iteration ${turn.k}: ${turn.side || "not judged"}${gap}${turn.why ? ` (${turn.why})` : ""}`),
      make("div", null, answer("Teacher", row.teacher), answer(`Student ${turn.k}`, turn.student)),
      make("div", null, ...turn.reviews.map(review)));
    box.querySelectorAll("div").forEach((pair) => { if (pair.parentNode === box) pair.className = "pair"; });
    return box;
  }

  const answer = (who, text) => make("div", null, make("h5", who),
    text === null || text === undefined ? make("p", "no answer") : make("pre", text));
  const review = ([order, teacher, student, text, reason]) => make("div", null,
    make("h5", `Referee, ${order.replace("-", " ")}: ${reason ? reason : `teacher ${teacher}, student ${student}`}`),
    make("pre", text));

  let waiting = 0;
  const again = () => { shown = PAGE; clearTimeout(waiting); waiting = setTimeout(list, 80); };
  ["text", "iteration", "state", "origin"].forEach((id) => el(id).addEventListener("input", again));
  el("more").addEventListener("click", () => { shown += PAGE; list(); });
  el("explorer").hidden = false;
  list();
})();
