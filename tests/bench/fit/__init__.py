"""The proving ground of the fit check: labelled wears of randomised legs, and what a check says about them.

`recipe` and the three `drawing_*` say how legs, days, sensors and faults are drawn; `person`, `day`, `rhythm`,
`handling`, `press`, `event`, `fault` and `sensor` make one wear of them, `wear` puts it together and labels it;
`plan` lists the wears of a run, `check` is what may be judged, `score` holds the definitions, `table` prints them.
Nothing here looks into a check.

Run it:  python -m tests.bench.fit --drawing reporting --hours 5000 --events 1000 --jobs 2
"""
