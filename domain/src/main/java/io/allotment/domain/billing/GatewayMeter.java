package io.allotment.domain.billing;

import io.allotment.domain.shared.Text;

/**
 * What a gateway counts usage by that it bills.
 *
 * @param name as reports name it: the feature's key
 * @param counts whether reports are taken now
 */
public record GatewayMeter(String name, String title, boolean counts) {

    public GatewayMeter {
        name = Text.name("meter", name, 100);
        title = Text.name("title", title, 250);
    }
}
