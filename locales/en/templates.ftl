templates-title = Templates
templates-new = New template
templates-search = Search name or subject
templates-in-use = In use
templates-put-away = Archived
templates-show-all = Show all
templates-empty-title = A design to send again and again
templates-empty-text = A template holds the look and the standing words of your mails. A campaign begins with a copy of it, so a later change never touches what was sent.
templates-starters = Begin with one of ours
templates-starters-text = They look right on phones and desktops and have an unsubscribe link and your address in them.
templates-none-found = No template found
templates-none-found-text = Nothing has “{ $q }” in its name or subject.
templates-none-archived = Nothing archived
templates-none-archived-text = A template that you archive is kept here and is not offered to campaigns.
templates-all-archived = Every template is archived
templates-all-archived-text = Take one out of the archive, or make a new one.
templates-versions-count = { $n ->
    [one] { $n } version
   *[other] { $n } versions
}
templates-name = Name
templates-name-hint = Only you see it, not the recipients.
templates-begin-with = Begin with
templates-blank = Blank
templates-blank-hint = Paste HTML that you have already.
templates-create = Create template

templates-version = Version
templates-version-n = Version { $n }
templates-changed = changed
templates-is-archived = archived
templates-more = More actions
templates-save = Save version
templates-saved = Saved as version { $n }.
templates-unchanged = Nothing was changed, so no new version was made.
templates-conflict-title = Somebody else saved meanwhile
templates-conflict-text = Version { $n } was saved after you began. What you typed is still here: saving now makes it the newest version, and version { $n } stays in the list of versions.
templates-conflict-see = See version { $n }
templates-rename = Rename
templates-renamed = Renamed to “{ $name }”.
templates-duplicate = Duplicate
templates-copy-of = Copy of { $name }
templates-duplicated = “{ $name }” was made.
templates-archive = Archive
templates-unarchive = Take out of the archive
templates-archived-done = “{ $name }” was archived. You find it under Archived.
templates-unarchived-done = “{ $name }” is in use again.
templates-delete = Delete template
templates-delete-title = Delete “{ $name }”?
templates-delete-text = { $n ->
    [one] Its one version is deleted for good. Campaigns keep their own copy.
   *[other] All its { $n } versions are deleted for good. Campaigns keep their own copy.
}
templates-deleted = “{ $name }” was deleted.
templates-versions = Versions
templates-versions-text = Every save is kept. Restoring makes a new version; nothing is lost.
templates-saved-by = Saved by
templates-saved-at = When
templates-size = HTML
templates-campaigns = Campaigns
templates-actions = Actions
templates-newest = Newest
templates-restore = Restore this version
templates-restored = Version { $n } was restored as version { $new }.
