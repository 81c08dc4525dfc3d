package io.allotment.http;

import io.allotment.domain.shared.IpRange;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where requests come from. What a header says of it is believed from proxies that are named as trusted, and from nobody
 * else: anybody can write a header.
 */
final class RemoteAddresses {

    /** No chain of proxies is longer. */
    private static final int MAX_HOPS = 20;

    /** Some proxies write down the port too; an IPv6 address is in brackets then. */
    private static final Pattern WITH_PORT = Pattern.compile("(?<address>[0-9.]+|\\[.*\\]):[0-9]{1,5}");

    private final List<IpRange> trustedProxies;

    RemoteAddresses(List<IpRange> trustedProxies) {
        this.trustedProxies = List.copyOf(trustedProxies);
    }

    /**
     * The address of whoever sent the request, as text. Empty where a trusted proxy says something else than an address: that of
     * the proxy would be somebody else's.
     */
    String of(Context context) {
        var peer = bare(context.req().getRemoteAddr());
        if (!isTrusted(IpRange.address(peer))) {
            return peer;
        }
        var forwarded = String.join(",", Collections.list(context.req().getHeaders("X-Forwarded-For")));
        if (forwarded.isBlank()) {
            return peer;
        }
        var hops = forwarded.split(",", -1);
        var last = peer;
        // The last hop was written by the proxy next to us, the one before it by the one before that.
        for (int i = hops.length - 1; i >= Math.max(0, hops.length - MAX_HOPS); i--) {
            var hop = IpRange.address(bare(withoutPort(hops[i].strip())));
            if (hop.isEmpty()) {
                return "";
            }
            last = hop.get().getHostAddress();
            if (!isTrusted(hop)) {
                break;
            }
        }
        return last;
    }

    /** Whether the request came by https, to us or to a trusted proxy. */
    boolean isHttps(Context context) {
        return context.req().isSecure()
                || isTrusted(IpRange.address(bare(context.req().getRemoteAddr())))
                        && "https".equalsIgnoreCase(context.header("X-Forwarded-Proto"));
    }

    private boolean isTrusted(Optional<InetAddress> address) {
        return address.isPresent() && trustedProxies.stream().anyMatch(proxy -> proxy.contains(address.get()));
    }

    private static String withoutPort(String hop) {
        var parts = WITH_PORT.matcher(hop);
        return parts.matches() ? parts.group("address") : hop;
    }

    /** Without the brackets around an IPv6 address, and without its zone. */
    private static String bare(String address) {
        if (address == null) {
            return "";
        }
        var inner =
                address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
        int zone = inner.indexOf('%');
        return zone < 0 ? inner : inner.substring(0, zone);
    }
}
