package io.allotment.domain.billing;

import io.allotment.domain.shared.Text;
import java.util.Optional;

/**
 * Where a checkout leads back to.
 *
 * @param success when it is done
 * @param cancel when the payer turns back
 */
public record ReturnAddresses(Optional<String> success, Optional<String> cancel) {

    public static final ReturnAddresses NONE = new ReturnAddresses(Optional.empty(), Optional.empty());

    public ReturnAddresses {
        success = success.map(url -> Text.webAddress("successUrl", url, 2_000));
        cancel = cancel.map(url -> Text.webAddress("cancelUrl", url, 2_000));
    }
}
