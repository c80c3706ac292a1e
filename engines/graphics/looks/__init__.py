"""The looks of titles: each draws a card, a lower third and an end card."""
