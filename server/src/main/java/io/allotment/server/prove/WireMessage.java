package io.allotment.server.prove;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A message of PostgreSQL's protocol, version 3.
 *
 * @param type a letter; none for the first message of a connection
 * @param body what follows the length
 */
record WireMessage(Optional<Character> type, byte[] body) {

    /** More than any of ours: a length beyond it was none. */
    private static final int MAX_LENGTH = 1 << 28;

    static WireMessage first(DataInputStream in) throws IOException {
        return new WireMessage(Optional.empty(), body(in));
    }

    static WireMessage next(DataInputStream in) throws IOException {
        char type = (char) in.readUnsignedByte();
        return new WireMessage(Optional.of(type), body(in));
    }

    private static byte[] body(DataInputStream in) throws IOException {
        int length = in.readInt() - Integer.BYTES;
        if (length < 0 || length > MAX_LENGTH) {
            throw new IOException("no message of PostgreSQL's protocol");
        }
        return in.readNBytes(length);
    }

    void writeTo(DataOutputStream out) throws IOException {
        if (type.isPresent()) {
            out.writeByte(type.get());
        }
        out.writeInt(body.length + Integer.BYTES);
        out.write(body);
    }

    boolean is(char letter) {
        return type.filter(mine -> mine == letter).isPresent();
    }

    /** The n-th of the texts the body begins with, each ended by a zero byte. */
    String text(int n) {
        int from = 0;
        for (int skip = 0; ; skip++) {
            int to = from;
            while (to < body.length && body[to] != 0) {
                to++;
            }
            if (skip == n || to >= body.length) {
                return new String(body, Math.min(from, to), to - from, StandardCharsets.UTF_8);
            }
            from = to + 1;
        }
    }

    /** The SQLSTATE of an error of the server's. */
    Optional<String> sqlState() {
        if (!is('E')) {
            return Optional.empty();
        }
        // Fields: a letter each, and a text.
        for (int at = 0; at < body.length && body[at] != 0; at++) {
            char field = (char) body[at];
            int from = at + 1;
            while (body[at] != 0) {
                at++;
            }
            if (field == 'C') {
                return Optional.of(new String(body, from, at - from, StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }
}
