# Imports of contacts from CSV files.
imports-title = Imports
imports-sub = Contacts from CSV files, with what became of each file.
imports-new = Import contacts
imports-none = No imports yet
imports-none-text = Bring in your contacts from a CSV file, as Excel, Google Sheets or another mail program writes it. You see every column before anything is stored.
imports-file = File
imports-state = State
imports-when = When
imports-rows = Rows
imports-added = Added
imports-updated = Updated
imports-unchanged = Unchanged
imports-duplicate = Duplicate
imports-rejected = Rejected

imports-steps = Steps of an import
imports-step-file = File
imports-step-columns = Columns
imports-step-result = Result

imports-choose = Choose a CSV file or drop it here
imports-choose-hint = .csv, .tsv or .txt, up to { $limit }. Nothing is imported before you have seen the columns.
imports-upload = Upload
imports-good-file = What works best
imports-good-file-columns = One row per contact, with the email address in a column of its own. Other columns become the name, the language or attributes for your templates.
imports-good-file-formats = Comma, semicolon, tab or | between the columns. UTF-8, UTF-16 and Windows-1252 (Latin-1) are recognised.
imports-good-file-excel = From Excel or Google Sheets: save or download the sheet as CSV.
imports-sample = Sample file

imports-file-missing = Choose a file first.
imports-file-too-large = This file is larger than { $limit }. Split it and import the parts one after the other.
imports-file-empty = This file is empty. Export it again and check that it has rows.
imports-file-header-only = This file has only one row, the names of the columns. Export it again with its contacts.
imports-file-excel = This is an Excel workbook. In Excel choose File → Save as → “CSV UTF-8”, then upload that file.
imports-file-office = This is a document of an older Office program. Open it, save it as CSV, then upload that file.
imports-file-archive = This is a ZIP or another archive. Unpack it, then upload the CSV file in it.
imports-file-image = This is a picture, not a table, whatever its name says. Choose the CSV file.
imports-file-pdf = This is a PDF, not a table. Export the contacts as CSV where they come from.
imports-file-markup = This is a web page or an XML document, not a table. Export the contacts as CSV where they come from.
imports-file-binary = This is not a text file, so no rows can be read from it. Choose the CSV file.
imports-file-too-many-columns = This file has more than { $columns } columns. Keep the columns that you need and export it again.

imports-first-rows = The first rows
imports-encoding = Encoding
imports-encoding-utf-8 = UTF-8
imports-encoding-utf-16le = UTF-16 LE
imports-encoding-utf-16be = UTF-16 BE
imports-encoding-windows-1252 = Windows-1252 (Latin-1)
imports-delimiter = Separator
imports-delimiter-comma = Comma ,
imports-delimiter-semicolon = Semicolon ;
imports-delimiter-tab = Tab
imports-delimiter-pipe = Bar |
imports-first-row = First row
imports-header-yes = Column names
imports-header-no = A contact
imports-read-again = Read again
imports-no-rows = No rows can be read this way
imports-check-format = If the rows above look wrong, choose another separator or encoding.
imports-no-email-found = No column holds email addresses

imports-columns = What the columns are
imports-columns-hint = An attribute can be used in templates by its name: { "{{ city }}" }.
imports-column = Column { $n }
imports-in-file = In the file
imports-examples = Examples
imports-becomes = Becomes
imports-becomes-of = What “{ $column }” becomes
imports-key = Name in templates
imports-key-of = Name in templates of “{ $column }”
imports-target-email = Email address
imports-target-name = Full name
imports-target-first-name = First name
imports-target-last-name = Last name
imports-target-attribute = Attribute
imports-target-language = Language
imports-target-time-zone = Time zone
imports-target-ignore = Do not import
imports-mapping-no-email = Choose the column that holds the email address
imports-mapping-twice = Another column becomes the same already.
imports-mapping-key = Use small letters, digits and _, with a letter first; at most 50.
imports-mapping-reserved = This name means something else already. Choose another one.

imports-lists = Lists
imports-lists-hint = The contacts join every list that you choose, known ones too.
imports-new-list = New list
imports-new-list-hint = Made when the import starts.
imports-known = Addresses that are contacts already
imports-known-skip = Leave them as they are
imports-known-skip-hint = Only new contacts are added.
imports-known-fill = Fill in what is missing
imports-known-fill-hint = What a contact already has stays.
imports-known-overwrite = Replace with the file
imports-known-overwrite-hint = Where the file has a value, it counts. Empty cells take nothing away.
imports-never-resubscribes = Who has unsubscribed or is on the suppression list stays so, whatever you choose.
imports-consent-title = Consent
imports-consent = How did these people agree to get your mail?
imports-consent-hint = For example: “Signed up at our shop in Bandung, January to June 2026.” It is kept with the import, should anybody ask.
imports-consent-missing = Say how these people agreed. Without consent they must not be mailed.
imports-start = Start the import
imports-start-hint = Runs in the background; you may leave the page.
imports-discard = Discard file
imports-discard-title = Discard this file?
imports-discard-text = The uploaded file is deleted. No contact changes.

imports-waiting = Waiting for another import to end
imports-running = { $percent } of the file is in
imports-pace = { $rate } rows/s · about { $left } left
imports-may-leave = You can leave this page. The import goes on, even when the server is restarted.
imports-look-again = Look again
imports-cancel = Cancel import
imports-cancel-title = Cancel this import?
imports-cancel-text = Contacts that are in already stay; the rest of the file is not imported.
imports-cancelled = The import was cancelled.
imports-over-already = The import had ended already.
imports-to-be-mapped = This file waits for its columns to be mapped
imports-to-be-mapped-text = An editor can go on with it here.

imports-see-contacts = See the contacts
imports-again = Import another file
imports-added-hint = new contacts
imports-updated-hint = known, data changed
imports-unchanged-hint = known, data the same
imports-duplicate-hint = address in an earlier row
imports-rejected-hint = not imported
imports-of-rows = { $n ->
    [one] { $n } row
   *[other] { $n } rows
}
imports-some-rejected = { $n ->
    [one] { $n } row was not imported
   *[other] { $n } rows were not imported
}
imports-some-rejected-text = The file to download says for each one where it stands and what is wrong. Mend them and import them again.
imports-download-rejects = Download rejected rows
imports-not-mailed = { $unsubscribed } of these contacts had unsubscribed, { $suppressed } are on the suppression list
imports-not-mailed-text = They are contacts, but no campaign is sent to them.
imports-uploaded = Uploaded
imports-size = Size
imports-took = Took

imports-failed-line-too-long = Line { $line } does not end: this is not a table from there on
imports-failed-open-quotes = Too many quotation marks are never closed, the last one on line { $line }
imports-failed-other = The import could not go on
imports-failed-kept = { $n ->
    [0] Nothing was imported. Mend the file and upload it again.
    [one] { $n } contact before that is in. Mend the file and upload it again: known addresses are recognised.
   *[other] { $n } contacts before that are in. Mend the file and upload it again: known addresses are recognised.
}
imports-cancelled-kept = { $n ->
    [one] Cancelled; { $n } contact was in already and stays
   *[other] Cancelled; { $n } contacts were in already and stay
}
imports-cancelled-nothing = Cancelled before any contact was imported

imports-reject-line = Line
imports-reject-field = Field
imports-reject-reason = Reason
imports-reject-value = Value
imports-field-row = Whole row
imports-reason-too-long = This is too long: at most 200 characters in a name, 4,000 in an attribute.
imports-reason-control = This holds a character that no text has, such as NUL.
imports-reason-encoding = This is no text in the encoding of the file.
imports-reason-language = No language is known by this name. Use a code such as id or en.
imports-reason-time-zone = No time zone is known by this name. Use WIB, WITA, WIT or a name such as Asia/Jakarta.
imports-reason-too-many-fields = This row has more fields than the table has columns: a separator or a quotation mark is in the wrong place.
imports-reason-open-quote = A quotation mark in this row is never closed.
