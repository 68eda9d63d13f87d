// Everything here makes pages nicer that already work without it.
import htmx from "htmx.org";
import "./theme.js";
import "./search.js";
import "./menus.js";
import "./dialogs.js";
import "./toasts.js";
import "./forms.js";
import "./autosave.js";
import "./select-many.js";
import "./tables.js";
import "./copy.js";
import "./live.js";
import "./upload.js";
import "./preview.js";
import "./when.js";
import "./writing.js";
import "./reference.js";

window.htmx = htmx;
