# Lists: named sets of contacts.
lists-title = Lists
lists-sub = A campaign goes to one or more lists. A contact can be in several and still gets one mail.
lists-new = New list
lists-create = Create list
lists-edit = Edit list
lists-save = Save list
lists-saved = The list “{ $name }” is saved.
lists-created = The list “{ $name }” is made. Now bring contacts in.
lists-name = Name
lists-name-hint = Your recipients do not see it.
lists-name-taken = Another list has this name.
lists-description = Description
lists-description-hint = Where these people come from and what they agreed to.
lists-members = Contacts
lists-made = Made
lists-empty-title = No list yet
lists-empty = A list is a group of contacts that you mail together, such as customers or newsletter readers.
lists-no-members = Nobody is in this list yet. Import contacts into it, or choose some under All contacts and add them.
lists-delete = Delete list
lists-delete-title = Delete the list “{ $name }”?
lists-delete-text = { $n ->
    [0] The list is empty.
    [one] { $n } contact stays, but no longer in this list. This cannot be undone.
   *[other] { $n } contacts stay, but no longer in this list. This cannot be undone.
}
lists-delete-drafts = { $n ->
    [one] This draft is meant for the list and loses it: { $names }
   *[other] These { $n } drafts are meant for the list and lose it: { $names }
}
lists-delete-used = The list cannot be deleted now: the campaign “{ $name }” is going to it. Cancel the campaign or wait until it is sent.
lists-deleted = The list “{ $name }” is deleted.
