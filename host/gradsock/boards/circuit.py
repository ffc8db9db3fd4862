"""The values of the sock's circuit that do not depend on the board: what is drawn, explained and reckoned with."""

SUPPLY_V = 3.3
SUPPLY_SPREAD = 0.02
"""What the regulators of these boards are off by."""

UPPER_kOHM, LOWER_kOHM = 1.5, 1.2
"""The excitation divider, from the pin and to ground."""
DIVIDER_kOHM = 10
"""From each input to ground, below its sensor."""
SENSORS = 3

EXCITATION_V = SUPPLY_V * LOWER_kOHM / (UPPER_kOHM + LOWER_kOHM)
"""With nothing pressed."""
EXCITATION_LIMIT_V = 1.5
"""Above it resistive sensors lose sensitivity over their cycles."""
EXCITATION_mA = SUPPLY_V / (UPPER_kOHM + LOWER_kOHM) + SENSORS * EXCITATION_V / DIVIDER_kOHM
"""From the supply with all sensors pressed hard: rather more than it is."""
