package io.allotment.domain.billing;

import java.util.Optional;

/**
 * Port: what a gateway sells in our name. Used outside of units of work, since it is far away; methods refuse where it cannot be reached
 * ({@code Unavailable}). What is so already stays untouched.
 */
public interface Storefront {

    /** By what the gateway calls the price, where that is known, else by our name of it. */
    Optional<Offer.Standing> find(Offer offer);

    /** Offers what is not there, of a product that is there or is made. */
    void create(Offer offer);

    /** Has it named and sold as the offer says. What it costs stays. */
    void mend(Offer offer, Offer.Standing standing);

    Optional<GatewayMeter> findMeter(String name);

    /** One that counts from now on, also where it was there and did not. */
    void openMeter(GatewayMeter meter);
}
