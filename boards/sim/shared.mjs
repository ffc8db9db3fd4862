// Cells of the memory that the Worker shares with the main thread of its process. Times are UTC ms cut to 32 bit.
export const BELL = 0; // counts up whenever something waits for the Worker
export const PRESSED = 1; // how often ctrl-C was pressed
export const SEEN = 2; // how many of these presses the Worker has seen
export const WATCHDOG_MS = 3; // 0: not running
export const FED = 4; // when the watchdog was last fed
export const TURNS = 5; // counts up whenever Python is entered or left, once it can be interrupted: odd while it runs
export const CELLS = 6;
