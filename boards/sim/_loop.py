"""asyncio on the virtual board.

The interpreter frees memory only when control goes back to JavaScript, so the program that is meant to run for ever may
not block: `asyncio.run` in boot.py or main.py starts the loop, then leaves the script with an exception of its own that
nothing in a script should catch (it is no Exception), and JavaScript's timers go on with the loop. When the main task
ends or fails, the board returns to its REPL as any other. Code after that `asyncio.run` is not reached, and `finally`
around it runs early. Everywhere else (REPL, `mpremote run`) `asyncio.run` blocks and returns as usual.
"""

import asyncio
import sys
from _asyncio import Task, TaskQueue
from asyncio import core, event
from time import ticks_diff, ticks_ms

import _sim
from _trace import trace

IDLE = -1  # nothing is due before an event comes
EXIT, FAILED = -2, -3  # how the loop ended, minus what _start.py calls it
ENDED = -4

_STEPS_PER_TURN = 8  # then events and the garbage collector get their chance
_STEPS_OF_VIRTUAL_TIME = 96  # events have theirs in between, and garbage may lie for a few scans

# In virtual time a wait may be over at once; going out to JavaScript for it costs more than a whole step.
_skip = _sim.skip if _sim.is_virtual() else None
_steps = _STEPS_OF_VIRTUAL_TIME if _skip else _STEPS_PER_TURN

hand_over = False  # set while boot.py or main.py runs
_main = None  # the task that the handed-over loop runs for; True: run_forever
_waited = []  # ThreadSafeFlags that a task waits for


class HandedOver(BaseException):
    """Unwinds a script whose event loop goes on without it."""


class ThreadSafeFlag:
    """As on boards: `set` may be called from an interrupt; one task waits, and waiting clears it.

    An interrupt may come between any two steps of `wait`, so `set` only notes; the loop looks, as a board's polls.
    """

    def __init__(self):
        self.state = 0
        self._task = None

    def set(self):
        self.state = 1

    def clear(self):
        self.state = 0

    def remove(self, _task):
        """Called by asyncio when the waiting task is cancelled."""
        _waited.remove(self)

    def wait(self):
        if not self.state:
            self._task = core.cur_task
            core.cur_task.data = self
            _waited.append(self)
            yield
        self.state = 0


def _look_at_flags() -> None:
    """Makes the tasks due whose flag is set."""
    i = 0
    while i < len(_waited):
        if _waited[i].state:
            core._task_queue.push(_waited.pop(i)._task)
        else:
            i += 1


def _finish(task, error):
    """What a task leaves behind when it ends."""
    waiting = False
    if task.state is True:
        task.state = None
    elif callable(task.state):
        task.state(task, error)
        task.state = False
        waiting = True
    else:
        while task.state.peek():
            core._task_queue.push(task.state.pop())
            waiting = True
        task.state = False
    if not waiting and not isinstance(error, (core.CancelledError, StopIteration)):
        core._task_queue.push(task)  # looked at once more: by then somebody may have asked for its error
    task.data = error


def _step(main):
    """Runs the task that is due. Returns what ended `main`, if it did."""
    task = core._task_queue.pop()
    core.cur_task = task
    error = task.data
    try:
        if not error:
            task.coro.send(None)
        else:
            task.data = None
            task.coro.throw(error)
    except (core.CancelledError, Exception) as raised:
        if task is main:
            core.cur_task = None
            return raised
        if task.state:
            _finish(task, raised)
        elif task.state is None:
            task.data = error
            core._exc_context["exception"] = error
            core._exc_context["future"] = task
            core.Loop.call_exception_handler(core._exc_context)
    core.cur_task = None
    return None


def _due() -> int:
    """Milliseconds until the next task; IDLE when only an event can wake one; ENDED when there is none."""
    if _waited:
        _look_at_flags()
    task = core._task_queue.peek()
    if task:
        return max(0, ticks_diff(task.ph_key, ticks_ms()))
    return IDLE if _waited else ENDED


def run_until_complete(main=None):
    """The board's loop: `main` is a task, or None to run as long as there is any."""
    global _main
    if hand_over and _main is None:
        _main = main or True
        raise HandedOver
    while True:
        served = _sim.served()
        due = _due()
        if due == ENDED:
            return None
        if due:
            _sim.wait(due, served)
            continue
        ended = _step(main)
        if ended is not None:
            if isinstance(ended, StopIteration):
                return ended.value
            raise ended


def turn() -> int:
    """Goes on with the handed-over loop: milliseconds until it wants to be called again, or one of the above."""
    for _ in range(_steps):
        due = _due()
        if due:
            if due == ENDED:
                end()
            elif _skip and _skip(due):
                continue
            return due
        try:
            ended = _step(_main)
        except SystemExit:
            end()
            return EXIT
        except BaseException as error:  # KeyboardInterrupt
            ended = error
        if ended is not None:
            end()
            if isinstance(ended, StopIteration):
                return ENDED
            print(trace(ended), end="")
            return FAILED
    return 0


def end() -> None:
    """The handed-over loop is over; its tasks stay where they are."""
    global _main
    _main = None


def handed_over() -> bool:
    return _main is not None


def run(coro):
    return run_until_complete(core.create_task(coro))


class Loop:
    _exc_handler = None

    def create_task(coro):
        return core.create_task(coro)

    def run_forever():
        run_until_complete()

    def run_until_complete(aw):
        return run_until_complete(core._promote_to_task(aw))

    def stop():
        pass

    def close():
        pass

    def set_exception_handler(handler):
        Loop._exc_handler = handler

    def get_exception_handler():
        return Loop._exc_handler

    def default_exception_handler(loop, context):
        print(context["message"], file=sys.stderr)
        print("future:", context["future"], "coro=", context["future"].coro, file=sys.stderr)
        sys.print_exception(context["exception"], sys.stderr)

    def call_exception_handler(context):
        (Loop._exc_handler or Loop.default_exception_handler)(Loop, context)


def get_event_loop():
    return Loop


def new_event_loop():
    # `finally: asyncio.new_event_loop()` is run while a script is being left, but its loop has only begun
    if _main is None:
        core._task_queue = TaskQueue()
        core.cur_task = None
    return Loop


def create_task(coro):
    if not hasattr(coro, "send"):
        raise TypeError("coroutine expected")
    task = Task(coro, core.__dict__)
    core._task_queue.push(task)
    return task


def current_task():
    if core.cur_task is None:
        raise RuntimeError("no running event loop")
    return core.cur_task


def install() -> None:
    """Puts all this into `asyncio`."""
    event.ThreadSafeFlag = asyncio.ThreadSafeFlag = ThreadSafeFlag
    for name in (
        "run",
        "run_until_complete",
        "Loop",
        "get_event_loop",
        "new_event_loop",
        "create_task",
        "current_task",
    ):
        setattr(core, name, globals()[name])
        setattr(asyncio, name, globals()[name])
    new_event_loop()
