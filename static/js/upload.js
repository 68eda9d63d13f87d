// [data-dropzone] takes a dropped file; form[data-upload] shows a progress bar while it is sent.
// data-max-bytes and data-text-too-large on the form refuse a file before it is sent.
// Without script both are a plain file input in a plain form.
import { each, text } from "./page.js";
import { toast } from "./toasts.js";

each("[data-dropzone]", (zone) => {
  const input = zone.querySelector("input[type=file]");
  const chosen = zone.querySelector(".chosen");
  const show = () => {
    const file = input.files[0];
    if (chosen) chosen.textContent = file ? `${file.name} (${size(file.size)})` : "";
    if (file && zone.hasAttribute("data-submit")) input.form?.requestSubmit();
  };
  input.addEventListener("change", show);
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const type of ["dragleave", "drop"]) zone.addEventListener(type, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  show();
});

each("form[data-upload]", (form) => {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    // Said before gigabytes are sent in vain.
    const file = form.querySelector("input[type=file]")?.files[0];
    if (file && form.dataset.maxBytes && file.size > Number(form.dataset.maxBytes)) {
      toast("error", form.dataset.textTooLarge ?? "");
      return;
    }
    const bar = document.createElement("progress");
    bar.max = 1;
    const line = document.createElement("p");
    line.className = "small muted";
    line.setAttribute("role", "status");
    const box = document.createElement("div");
    box.className = "stack tight";
    box.append(bar, line);
    form.append(box);
    const button = event.submitter ?? form.querySelector("button.primary");
    button?.setAttribute("data-busy", "");

    const request = new XMLHttpRequest();
    const address = new URL(form.getAttribute("action") || "", location.href).href;
    request.open("POST", address);
    request.setRequestHeader("Accept", "text/html");
    let told = -1;
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return;
      bar.value = loaded / total;
      const percent = Math.floor((loaded / total) * 20) * 5;
      if (percent !== told) line.textContent = `${percent} % · ${size(loaded)} / ${size(total)}`;
      told = percent;
    };
    const failed = () => {
      box.remove();
      button?.removeAttribute("data-busy");
      delete form.dataset.sent;
      toast("error", text("Unreachable"));
    };
    request.onerror = failed;
    request.onabort = failed;
    request.onload = () => {
      // The browser followed the redirect already: go where it led. A page at the same address holds faults.
      if (request.status < 400 && request.responseURL && request.responseURL !== address) {
        location.assign(request.responseURL);
        return;
      }
      const answer = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = answer.querySelector("main");
      if (!main) {
        failed();
        return;
      }
      document.querySelector("main")?.replaceChildren(...main.childNodes);
      document.querySelector("main")?.dispatchEvent(new CustomEvent("sebar:inserted", { bubbles: true }));
      document.querySelector("[aria-invalid=true], main [role=alert]")?.focus();
    };
    request.send(new FormData(form));
  });
});

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const step = bytes ? Math.min(Math.floor(Math.log10(bytes) / 3), 3) : 0;
  const number = (bytes / 1000 ** step).toLocaleString(document.documentElement.lang, { maximumFractionDigits: step ? 1 : 0 });
  return `${number} ${units[step]}`;
}
