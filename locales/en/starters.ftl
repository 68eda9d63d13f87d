# The words in the built-in designs. They become part of a user's own template.
starters-newsletter = Newsletter
starters-newsletter-hint = Several stories, each with a link to read on.
starters-promotion = Promotion
starters-promotion-hint = One offer, one code, one button.
starters-letter = Plain letter
starters-letter-hint = Words as if typed by hand. Often read the most.

starters-hello = Hello
starters-friend = there
starters-dear = Dear
starters-dear-friend = friend
starters-read-more = Read on
starters-regards = See you next month,
starters-why = You receive this because you subscribed with
starters-unsubscribe = Unsubscribe
starters-comment-story = One story. Copy it for more.
starters-comment-code = The code. Remove this row if there is none.

starters-newsletter-subject = What is new this month
starters-newsletter-preheader = Two stories and one date to remember
starters-newsletter-title = What is new this month
starters-newsletter-intro = Here is what we have been working on, in two short stories.
starters-newsletter-story-1 = The first story
starters-newsletter-story-1-text = Say in two or three sentences what happened and why it matters to your readers. The whole story can wait behind the link.
starters-newsletter-story-2 = The second story
starters-newsletter-story-2-text = Keep it shorter than the first. A date, a name or a number makes it easier to remember.

starters-promotion-subject = 20% off everything until Sunday
starters-promotion-preheader = Your code is inside
starters-promotion-you = Hello
starters-promotion-lead = this week everything is
starters-promotion-title = off, until Sunday night
starters-promotion-text = Enter this code at the checkout, as often as you like.
starters-promotion-button = Go to the shop
starters-promotion-terms = Valid until Sunday, 23:59. Not for gift cards.

starters-letter-subject = A short note from us
starters-letter-preheader = It takes one minute to read
starters-letter-text-1 = Begin with the one thing that you would say if you had only one sentence.
starters-letter-text-2 = Then explain it as you would to somebody across the table. If there is more to read, it is
starters-letter-link = on our website
starters-letter-text-3 = And if you have a question, just answer this mail. We read every one.
starters-letter-regards = Warm regards,
starters-letter-signature = Your name
