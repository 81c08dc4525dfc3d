package io.allotment.server;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What must be known and never be seen. */
final class Secrets {

    private static final Pattern IN_URLS =
            Pattern.compile("(?i)(password=)(?!\\.\\.\\.)[^&\\s'\"]+|(://[^/\\s:@]*:)[^/\\s@]+(?=@)");

    private Secrets() {}

    /** The text without the passwords of the URLs in it: drivers and parsers like to quote what they were given. */
    static String masked(String text) {
        return IN_URLS.matcher(text)
                .replaceAll(found -> (found.group(1) != null ? found.group(1) : found.group(2)) + "***");
    }

    /** A password for a role that everybody who knows the owner's password comes to as well. */
    static String derived(String ownerPassword, String role) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(ownerPassword.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(role.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("Every Java has HmacSHA256", e);
        }
    }
}
