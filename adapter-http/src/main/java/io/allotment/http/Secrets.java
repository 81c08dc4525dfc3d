package io.allotment.http;

import java.util.regex.Pattern;

/** Takes secrets out of texts that are shown or logged: whoever sends one in the wrong place must not find it there again. */
final class Secrets {

    /** All that Allotment gives out: keys, the root key, tokens of sessions, invitations and forgotten passwords. */
    private static final Pattern OURS = Pattern.compile("(allot_[a-z]{1,12}_)[0-9A-Za-z_-]{8,}");

    /** What an authorization header looks like, and the tokens of other issuers. */
    private static final Pattern BEARER = Pattern.compile("(?i)(bearer(?:\\s|%20)+)\\S+");

    private static final Pattern JWT = Pattern.compile("eyJ[0-9A-Za-z_-]{8,}\\.[0-9A-Za-z_-]+\\.[0-9A-Za-z_-]*");

    private Secrets() {}

    static String masked(String text) {
        var ours = OURS.matcher(text).replaceAll("$1…");
        return JWT.matcher(BEARER.matcher(ours).replaceAll("$1…")).replaceAll("…");
    }
}
