/* A knowledge check over a bad line: every change is kept in the browser until the server has it.
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
  let count = 0;

  // The sheet ---------------------------------------------------------------------------------------
  const part = (position) => sheet && document.getElementById("q" + position);
  const fields = (position) => [...part(position).querySelectorAll(`[name="q${position}"]`)];
  const values = (position) => fields(position).filter((el) => !["radio", "checkbox"].includes(el.type) || el.checked).map((el) => el.value).filter((v) => v.trim());
  const fill = (position, list) => fields(position).forEach((el) => {
    if (["radio", "checkbox"].includes(el.type)) el.checked = list.includes(el.value); else el.value = list[0] || "";
  });
  const say = (position, text, state) => {
    const line = part(position) && part(position).querySelector("[role=status]");
    if (!line) return;
    line.className = state;
    line.textContent = text;
  };

  const enqueue = (position) => {
    const queue = load();
    queue[sheet.dataset.attempt + ":" + position] = {
      id: `${page}-${++count}`, url: sheet.dataset.save, position, values: values(position), typed: Date.now(),
      label: `${document.title.split(" – ")[0]}, ${sheet.dataset.question} ${position}`,
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
    for (;;) {
      const queue = load();
      const key = Object.keys(queue)[0];
      if (!key) { pause = 4000; return true; }
      if (!(await send(key, queue[key]))) {
        timer = setTimeout(flush, pause);
        pause = Math.min(pause * 2, 60000);
        return false;
      }
    }
  }
  async function send(key, entry) {
    const form = new URLSearchParams({ position: entry.position, client_id: entry.id, age: Math.max(0, Date.now() - entry.typed), csrfmiddlewaretoken: token() });
    entry.values.forEach((value) => form.append("q" + entry.position, value));
    let response, data = {};
    try {
      response = await fetch(entry.url, { method: "POST", body: form, redirect: "manual", signal: AbortSignal.timeout ? AbortSignal.timeout(20000) : undefined });
      if (response.ok || [400, 404, 409].includes(response.status)) data = await response.json();
      else return false;                      // signed out, refused or broken: it waits
    } catch (e) { return false; }             // the line is cut: it waits
    const queue = load();
    const newer = queue[key] && queue[key].id !== entry.id;
    if (!newer) { delete queue[key]; store(queue); }
    if (!sheet || !key.startsWith(sheet.dataset.attempt + ":") || newer) return true;
    if (!response.ok) say(entry.position, data.error, "invalid-feedback");
    else {
      if (!data.kept) fill(entry.position, data.shown);
      const had = sheet.querySelector(`[name="had${entry.position}"]`);
      if (had) had.value = values(entry.position).map((v) => v.trim()).sort().join("|");
      say(entry.position, data.saved ? sheet.dataset.saved.replace("%s", data.saved) : "", "kept");
    }
    return true;
  }

  if (sheet) {
    const position = (el) => el.closest(".question") && el.closest(".question").dataset.position;
    let wait = 0;
    sheet.addEventListener("change", (event) => { clearTimeout(wait); const n = position(event.target); if (n) enqueue(n); });
    sheet.addEventListener("input", (event) => {
      const n = event.target.type === "text" && position(event.target);
      if (!n) return;
      clearTimeout(wait);
      wait = setTimeout(() => enqueue(n), 900);
    });
    sheet.addEventListener("submit", async (event) => {
      const button = event.submitter;
      const hand = button && button.hasAttribute("formaction");
      event.preventDefault();
      if (button && button.value > 0) return void enqueue(button.value);
      const line = sheet.querySelector(".kept-all");
      clearTimeout(wait);
      sheet.querySelectorAll(".question").forEach((el) => {
        const n = el.dataset.position;
        const had = sheet.querySelector(`[name="had${n}"]`).value;
        if (values(n).map((v) => v.trim()).sort().join("|") !== had && !load()[sheet.dataset.attempt + ":" + n]) enqueue(n);
      });
      if (running) await running;
      if (!(await flush())) { line.textContent = sheet.dataset.unsent; line.className = "kept-all waiting"; return; }
      line.textContent = "";
      if (hand) { sheet.action = button.getAttribute("formaction"); sheet.submit(); }
    });
    // What waited in this browser is newer than the page.
    Object.entries(load()).forEach(([key, entry]) => {
      if (key.startsWith(sheet.dataset.attempt + ":") && part(entry.position)) {
        fill(entry.position, entry.values);
        say(entry.position, sheet.dataset.waiting, "waiting");
      }
    });
    window.addEventListener("beforeunload", (event) => { if (!keeps && Object.keys(load()).length) event.preventDefault(); });
  }
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
