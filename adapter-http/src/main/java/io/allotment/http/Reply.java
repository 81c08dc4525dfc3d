package io.allotment.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a handler answers.
 *
 * @param body written as JSON, a stream as lines of it, {@link Sent} as it says itself; empty for none
 * @param location where what was created is found again
 * @param replayed whether it was answered before, under the same idempotency key
 * @param toldOnce what is answered instead of the body to the request that is not replayed, and kept nowhere
 */
record Reply(
        int status, Optional<Object> body, Optional<String> location, boolean replayed, Optional<Object> toldOnce) {

    /** A body that is written as it is sent. */
    interface Sent {

        String contentType();

        void to(OutputStream out) throws IOException;
    }

    static Reply ok(Object body) {
        return new Reply(200, Optional.of(body), Optional.empty(), false, Optional.empty());
    }

    /** As many lines of JSON as there are values, sent one after the other as they come. */
    static Reply lines(Stream<?> values) {
        return ok(values);
    }

    static Reply created(Object body) {
        return new Reply(201, Optional.of(body), Optional.empty(), false, Optional.empty());
    }

    /** It will be seen to; whether it comes to anything is not told. */
    static Reply accepted() {
        return new Reply(202, Optional.empty(), Optional.empty(), false, Optional.empty());
    }

    static Reply noContent() {
        return new Reply(204, Optional.empty(), Optional.empty(), false, Optional.empty());
    }

    Reply at(String path) {
        return new Reply(status, body, Optional.of(path), replayed, toldOnce);
    }

    Reply replayed(boolean again) {
        return new Reply(status, body, location, again, toldOnce);
    }

    /** The body with a secret in it, which the one who asked first is told and nobody else. */
    Reply toldOnce(Object bodyWithSecret) {
        return new Reply(status, body, location, replayed, Optional.of(bodyWithSecret));
    }
}
