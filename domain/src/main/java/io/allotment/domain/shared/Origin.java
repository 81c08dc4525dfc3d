package io.allotment.domain.shared;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a request came from, as far as it is known; it goes into the audit log.
 *
 * @param ipAddress as text, of at most 64 characters
 * @param userAgent what the program called itself, cut at 500 characters
 * @param requestId what the request is found by in logs, cut at 200 characters
 */
public record Origin(Optional<String> ipAddress, Optional<String> userAgent, Optional<String> requestId) {

    /** Inside this very process. */
    public static final Origin HERE = new Origin(Optional.empty(), Optional.empty(), Optional.empty());

    /** What no log should have to show: control characters, and halves of characters that the cut leaves. */
    private static final Pattern UNSEEMLY = Pattern.compile("[\\p{Cntrl}\\p{Cs}]");

    public Origin {
        ipAddress = ipAddress.map(text -> clean(text, 64));
        userAgent = userAgent.map(text -> clean(text, 500));
        requestId = requestId.map(text -> clean(text, 200));
    }

    private static String clean(String text, int length) {
        var cut = text.substring(0, Math.min(text.length(), length));
        return UNSEEMLY.matcher(cut).replaceAll("?");
    }
}
