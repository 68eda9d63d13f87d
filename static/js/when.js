// A day and a time as the reader writes them, below fields in which the browser writes them its own way:
// <output for="date time zone" data-when> in the form with these fields.
import { each } from "./page.js";

const languages = { en: "en-GB" }; // elsewhere: English with the day first, as everywhere in the dashboard

each("output[data-when]", (output) => {
  const form = output.closest("form");
  const language = languages[document.documentElement.lang] ?? document.documentElement.lang;
  const write = new Intl.DateTimeFormat(language, {
    weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    timeZone: "UTC", // what was typed, not what it is elsewhere
  });
  const show = () => {
    const { date, time, zone } = Object.fromEntries(new FormData(form));
    const at = new Date(`${date}T${time}Z`);
    output.value = Number.isNaN(at.getTime()) ? "" : `${write.format(at)} · ${zone.replaceAll("_", " ")}`;
  };
  form.addEventListener("input", show);
  show();
});
