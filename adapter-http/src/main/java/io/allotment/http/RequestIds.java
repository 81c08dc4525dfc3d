package io.allotment.http;

import io.allotment.domain.shared.Ids;
import io.javalin.http.Context;
import java.util.regex.Pattern;

/** Every answer carries the id its caller sent, where that is a sane one, else a new one. */
final class RequestIds {

    static final String HEADER = "X-Request-Id";

    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    private final Ids ids;

    RequestIds(Ids ids) {
        this.ids = ids;
    }

    /** Puts the id on the answer. */
    void assign(Context context) {
        context.header(HEADER, choose(context.header(HEADER)));
    }

    /** The id of a request as its caller sent it, which may be null; or a new one. */
    String choose(String sent) {
        return sent != null
                        && SANE.matcher(sent).matches()
                        && Secrets.masked(sent).equals(sent)
                ? sent
                : ids.next().toString();
    }

    static String of(Context context) {
        return context.res().getHeader(HEADER);
    }
}
