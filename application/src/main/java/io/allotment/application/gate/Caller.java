package io.allotment.application.gate;

import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Unavailable;
import java.util.concurrent.locks.LockSupport;

/** A call and the thread that waits for what comes of it. Made by that thread. */
final class Caller {

    private enum State {
        WAITING,
        LEADING,
        DONE
    }

    private final GateCall call;
    private final Thread thread = Thread.currentThread();
    /** Written last: who sees the state sees the outcome or the failure too. */
    private volatile State state = State.WAITING;

    private Outcome outcome;
    private Throwable failure;

    Caller(GateCall call) {
        this.call = call;
    }

    GateCall call() {
        return call;
    }

    /** Says what came of the call; it is told with {@link #wake}. */
    void answered(Outcome answer) {
        outcome = answer;
    }

    void failed(Throwable reason) {
        failure = reason;
    }

    boolean isDecided() {
        return outcome != null || failure != null;
    }

    /** Makes its thread the one that runs the next batch. */
    void lead() {
        release(State.LEADING);
    }

    /** Tells its thread what came of the call. */
    void wake() {
        release(State.DONE);
    }

    private void release(State next) {
        state = next;
        if (thread != Thread.currentThread()) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Waits until the call is decided, or it is this thread's turn to run a batch. An interrupt does not end the waiting,
     * because the call is being decided all the same; it is kept for afterwards.
     *
     * @return whether it is this thread's turn
     */
    boolean awaitTurn() {
        boolean interrupted = false;
        while (state == State.WAITING) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            thread.interrupt();
        }
        return state == State.LEADING;
    }

    /** What came of the call. Each caller gets an {@link Unavailable} of its own: exceptions are mutable. */
    Outcome result() {
        if (failure instanceof Unavailable unavailable) {
            throw new Unavailable(unavailable.getMessage(), unavailable.retryAfter(), unavailable);
        }
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        return outcome;
    }
}
