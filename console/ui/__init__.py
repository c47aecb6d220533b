"""Parts that screens share: the frame of a page, and macros for what is shown again and again."""
