"""What a board does. Kept empty, since an update may be under way when it is imported (`update`).

A scan's way through these files: adc (counts) -> readings (latched reference, stored counts, pressure) -> stream
(blocks) -> journal (flash), and queue -> gatt (gate, radio). The board's parts come from `board`, what they mean from
`sock`.
"""
