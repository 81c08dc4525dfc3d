package io.allotment.domain.notification;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;

/**
 * The address of a page of the product, with a place for the token that the page is to use:
 * {@code https://app.example.com/join#token={token}}.
 *
 * @param address http or https, at most 500 characters, with {@code {token}} in it once
 */
public record LinkTemplate(String address) {

    private static final String PLACE = "{token}";

    public LinkTemplate {
        int place = address.indexOf(PLACE);
        if (place < 0 || address.indexOf(PLACE, place + 1) >= 0) {
            throw new InvalidValue("address", "must have " + PLACE + " in it, once");
        }
        Text.webAddress("address", address.replace(PLACE, "token"), 500);
    }

    /** @param token of letters, digits and underscores: it stands in the address as it is */
    public String with(String token) {
        return address.replace(PLACE, token);
    }
}
