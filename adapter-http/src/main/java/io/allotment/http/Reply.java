package io.allotment.http;

import java.util.Optional;

/**
 * What a handler answers.
 *
 * @param body written as JSON; empty for none
 * @param location where what was created is found again
 * @param replayed whether it was answered before, under the same idempotency key
 */
record Reply(int status, Optional<Object> body, Optional<String> location, boolean replayed) {

    static Reply ok(Object body) {
        return new Reply(200, Optional.of(body), Optional.empty(), false);
    }

    static Reply created(Object body) {
        return new Reply(201, Optional.of(body), Optional.empty(), false);
    }

    static Reply noContent() {
        return new Reply(204, Optional.empty(), Optional.empty(), false);
    }

    Reply at(String path) {
        return new Reply(status, body, Optional.of(path), replayed);
    }

    Reply replayed(boolean again) {
        return new Reply(status, body, location, again);
    }
}
