# The frame around every page, and words that its parts use everywhere.
nav-home = Home
nav-campaigns = Campaigns
nav-contacts = Contacts
nav-templates = Templates
nav-transactional = Transactional
nav-archive = Archive
nav-deliverability = Deliverability
nav-settings = Settings

layout-navigation = Main menu
layout-skip = Skip to content
layout-more = More
layout-account = Account
layout-language = Language
layout-theme = Appearance
layout-theme-light = Light
layout-theme-dark = Dark
layout-theme-auto = Like the system
layout-logout = Log out

layout-saving = Saving…
layout-saved = Saved
layout-not-saved = Not saved. Your text is still here; we will try again.
layout-copy = Copy
layout-copied = Copied
layout-close = Close
layout-back = Go back
layout-unreachable = The server cannot be reached. Nothing on this page is lost; try again in a moment.
layout-failed = That did not work. Nothing was changed; try again.
layout-optional = optional
layout-type-name = Type “{ $name }” to confirm

layout-pages = Pages
layout-previous = Previous
layout-next = Next
layout-select-all = Select all on this page
layout-select-none = Clear selection
layout-selected = selected
layout-show-numbers = Show the numbers

layout-desktop = Desktop
layout-phone = Phone
layout-preview-width = Width of the preview

layout-state-draft = Draft
layout-state-scheduled = Scheduled
layout-state-sending = Sending
layout-state-paused = Paused
layout-state-sent = Sent
layout-state-cancelled = Cancelled
layout-state-queued = Queued
layout-state-claimed = Being sent
layout-state-failed = Failed
layout-state-suppressed = Suppressed
layout-state-in-doubt = In doubt
layout-state-uploading = Uploading
layout-state-mapping = Needs mapping
layout-state-running = Running
layout-state-done = Done

layout-editor-find = Find
layout-editor-replace = Replace
layout-editor-all = All
layout-editor-replace-all = Replace all
layout-editor-match-case = Match case
layout-editor-by-word = Whole words
layout-editor-regexp = Regular expression
