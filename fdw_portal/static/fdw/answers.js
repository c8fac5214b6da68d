/* Answers of a knowledge check and private notes over a bad line: every change is kept in the browser until the
   server has it. One queue carries both: an entry says where it goes (url), what (fields), its id and a name for people.
   The queue is bound to the person, and empty on a shared computer (then changes wait in the page alone). */
(() => {
  "use strict";
  const body = document.body;
  const person = body.dataset.person;
  if (!person) return;
  const name = "fdw.answers." + person;
  const keeps = !("shared" in body.dataset);
  const sheet = document.querySelector("form.sheet");
  let memory = {};

  const load = () => {
    try { return keeps ? JSON.parse(localStorage.getItem(name) || "{}") : memory; } catch (e) { return memory; }
  };
  const store = (queue) => {
    memory = queue;
    if (!keeps) return;
    try {
      if (Object.keys(queue).length) localStorage.setItem(name, JSON.stringify(queue)); else localStorage.removeItem(name);
    } catch (e) { /* full or forbidden: `memory` still holds it while the page is open */ }
  };
  const token = () => {
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    return field ? field.value : (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "";
  };
  // Each change has an id "<this page>-<count>": the server tells replays and the order of a slow line by it.
  const page = Math.random().toString(36).slice(2, 12) + Date.now().toString(36);
  let count = 0, typing = "", leaving = false;
  // What an entry sends. Entries without `fields` wait since before notes joined the queue.
  const pairs = (entry) => entry.fields || [["position", entry.position], ...entry.values.map((value) => ["q" + entry.position, value])];
  const sent = (entry) => pairs(entry).slice(1).map((pair) => pair[1]);

  // The sheet ---------------------------------------------------------------------------------------
  const part = (position) => sheet && document.getElementById("q" + position);
  const place = (key) => {                      // where on this page an entry stands, "" when elsewhere
    const [owner, position] = key.split(":");
    return sheet && owner === sheet.dataset.attempt && part(position) ? position : "";
  };
  const fields = (position) => [...part(position).querySelectorAll(`[name="q${position}"]`)];
  const values = (position) => fields(position).filter((el) => !["radio", "checkbox"].includes(el.type) || el.checked).map((el) => el.value).filter((v) => v.trim());
  const fill = (position, list) => fields(position).forEach((el) => {
    if (["radio", "checkbox"].includes(el.type)) el.checked = list.includes(el.value);
    else if (el.options) el.value = [...el.options].map((option) => option.value).find((v) => list.includes(v)) || "";
    else el.value = list[0] || "";
  });
  const changed = (position) => {
    const had = sheet.querySelector(`[name="had${position}"]`).value;
    const note = fields(position)[0];           // of a note the page holds only a mark of what it showed
    return note.tagName === "TEXTAREA" ? note.value.trim() !== note.defaultValue.trim() : shownAs(position) !== had;
  };
  const shownAs = (position) => values(position).map((v) => v.trim()).sort().join("|");
  const say = (position, text, state) => {
    const line = part(position) && part(position).querySelector("[role=status]");
    if (!line) return;
    line.className = state;
    line.textContent = text;
  };

  const count_open = () => {                  // how many still wait for an answer, beside "hand in"
    const lines = document.querySelectorAll("[data-open]");
    if (!lines.length) return;
    const open = (n) => !values(n).length || fields(n).some((el) => el.options && !el.value);  // half placed is open
    const n = [...sheet.querySelectorAll(".question:not([data-optional])")].filter((one) => open(one.dataset.position)).length;
    lines.forEach((line) => {
      if (!line.dataset.of) { line.textContent = n === 1 ? line.dataset.one : line.dataset.many.replace("2", n); return; }
      const done = line.dataset.total - n;      // a long form tells what it has, at its top too
      line.textContent = line.dataset.of.replace("%s", done);
      document.querySelectorAll(".title .pieces li").forEach((piece, i) => { piece.className = i < done ? "is-done" : i === done ? "is-now" : ""; });
    });
  };

  const enqueue = (position) => {
    const queue = load();
    queue[sheet.dataset.attempt + ":" + position] = {
      id: `${page}-${++count}`, url: sheet.dataset.save, typed: Date.now(),
      fields: [["position", position], ...values(position).map((value) => ["q" + position, value])],
      along: [...part(position).querySelectorAll("[data-along]")].map((el) => [el.name, el.value]),  // such as the version she had
      label: `${document.title.split(" – ")[0]}, ${sheet.dataset.label || sheet.dataset.question + " " + position}`,
    };
    store(queue);
    say(position, keeps ? sheet.dataset.waiting : sheet.dataset.lost, "waiting");
    return flush();
  };

  // Sending: one after the other, the newest state of each question ------------------------------------
  let running = null, pause = 4000, timer = 0;
  const flush = () => running || (running = drain().finally(() => { running = null; }));
  async function drain() {
    clearTimeout(timer);
    const refused = new Set();                  // what the server does not take now: it must not hold up the others
    for (;;) {
      const queue = load();
      const key = Object.keys(queue).find((one) => !refused.has(one));
      if (!key && !refused.size) { pause = 4000; return true; }
      const done = key && await send(key, queue[key]);
      if (key && done === null) { refused.add(key); continue; }
      if (!done) {
        timer = setTimeout(flush, pause);
        pause = Math.min(pause * 2, 60000);
        return false;
      }
    }
  }
  // Returns true when it is settled, null when the server does not take it now, false when the line is cut.
  async function send(key, entry) {
    const form = new URLSearchParams(pairs(entry));
    [...(entry.along || []), ["client_id", entry.id], ["age", Math.max(0, Date.now() - entry.typed)], ["csrfmiddlewaretoken", token()]].forEach((pair) => form.append(...pair));
    let response, data = {};
    try {
      response = await fetch(entry.url, { method: "POST", body: form, redirect: "manual", keepalive: document.hidden, signal: AbortSignal.timeout ? AbortSignal.timeout(20000) : undefined });
    } catch (e) { return false; }             // the line is cut: it waits
    try {
      if (response.ok || [400, 404, 409].includes(response.status)) data = await response.json();
      else return null;                       // signed out, refused or broken: it waits
    } catch (e) { return null; }              // a page instead of an answer, such as "not found"
    if (leaving) return false;                // the next page may be on its way with the older text: it sends this again
    const queue = load();
    const newer = queue[key] && queue[key].id !== entry.id;
    if (!newer) { delete queue[key]; store(queue); }
    const position = place(key);
    if (!position || newer) return true;
    if (!response.ok) say(position, data.error, "invalid-feedback");
    else {
      const here = data.kept ? sent(entry) : data.shown;
      if (!data.kept && typing !== position) fill(position, here);
      fields(position).forEach((el) => { if (el.tagName === "TEXTAREA") el.defaultValue = here[0] || ""; });
      const had = sheet.querySelector(`[name="had${position}"]`);
      if (had) had.value = "had" in data ? data.had : shownAs(position);
      const note = part(position).querySelector(".placing-note");
      if (note) note.textContent = data.note;
      count_open();
      say(position, data.saved ? sheet.dataset.saved.replace("%s", data.saved) : "", data.saved ? "kept" : "kept is-empty");
    }
    return true;
  }

  if (sheet) {
    const position = (el) => el.closest(".question") && el.closest(".question").dataset.position;
    let wait = 0;
    const keep = (n) => { clearTimeout(wait); typing = ""; enqueue(n); };
    sheet.addEventListener("change", (event) => { const n = position(event.target); if (n) keep(n); });
    sheet.addEventListener("input", (event) => {
      const n = ["text", "textarea"].includes(event.target.type) && position(event.target);
      if (!n) return;
      clearTimeout(wait);
      if (typing !== n) say(n, "", "kept is-empty");          // "Saved" is no longer true
      typing = n;
      wait = setTimeout(() => keep(n), Number(sheet.dataset.pause) || 900);
    });
    document.addEventListener("visibilitychange", () => document.hidden && typing && keep(typing));
    sheet.addEventListener("submit", async (event) => {
      const button = event.submitter;
      const hand = button && button.hasAttribute("formaction");
      event.preventDefault();
      if (button && button.value > 0) return void enqueue(button.value);
      const line = sheet.querySelector(".kept-all");
      clearTimeout(wait);
      sheet.querySelectorAll(".question").forEach((el) => {
        const n = el.dataset.position;
        if (changed(n) && !load()[sheet.dataset.attempt + ":" + n]) enqueue(n);
      });
      if (running) await running;
      if (!line) return void flush();
      if (!(await flush())) { line.textContent = sheet.dataset.unsent; line.className = "kept-all waiting"; return; }
      line.textContent = "";
      if (hand) { sheet.action = button.getAttribute("formaction"); sheet.submit(); }
    });
    // What waited in this browser is newer than the page.
    Object.entries(load()).forEach(([key, entry]) => {
      const n = place(key);
      if (!n) return;
      if (part(n).closest("details")) part(n).closest("details").open = true;
      fill(n, sent(entry));
      say(n, sheet.dataset.waiting, "waiting");
    });
    window.addEventListener("beforeunload", (event) => { if (!keeps && Object.keys(load()).length) event.preventDefault(); });
  }
  window.addEventListener("beforeunload", () => {
    leaving = true;
    setTimeout(() => { leaving = false; flush(); }, 5000);  // she stayed after all
  });
  window.addEventListener("online", () => { pause = 4000; flush(); });
  flush();

  // Signing out first sends what waits, and names what it could not send. -----------------------------
  const out = document.querySelector("form[data-signout]");
  if (out) out.addEventListener("submit", async (event) => {
    if (out.dataset.sure || !Object.keys(load()).length) { try { localStorage.removeItem(name); } catch (e) { /* forbidden */ } return; }
    event.preventDefault();
    if (running) await running;
    await flush();
    const left = Object.values(load());
    if (!left.length) { out.submit(); return; }
    let note = out.querySelector(".alert");
    if (!note) { note = document.createElement("div"); note.className = "alert alert-warning"; note.setAttribute("role", "alert"); out.prepend(note); }
    note.textContent = out.dataset.unsent.replace("%s", left.map((entry) => entry.label).join(" · "));
    const button = out.querySelector("[type=submit]");
    button.textContent = out.dataset.anyway;
    out.dataset.sure = "1";
  });
})();
