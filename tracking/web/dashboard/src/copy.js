// "Copy link": by the clipboard; if the page may not use it (in a frame, without TLS), by a field.
import { $ } from "./dom.js";
import { t } from "./words.js";

export async function copyLink() {
  const copied = (await byClipboard(location.href)) || byField(location.href);
  $("link-yourself").hidden = copied;
  if (!copied) return mark();
  $("link").textContent = t("linked");
  setTimeout(() => ($("link").textContent = t("link")), 2000);
}

async function byClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {  // not allowed, or there is none
    return false;
  }
}

function byField(text) {
  $("link-yourself").hidden = false;
  $("link-field").value = text;
  mark();
  return document.execCommand("copy");  // old, but a frame without permission has nothing else
}

function mark() {
  $("link-field").focus();
  $("link-field").select();
}
