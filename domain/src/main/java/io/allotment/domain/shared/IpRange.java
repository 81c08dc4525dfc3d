package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A block of addresses, as CIDR writes it: {@code 203.0.113.0/24}, {@code 2001:db8::/32}, or a single address. Read without
 * asking a name server. An IPv4 address that is mapped into IPv6 ({@code ::ffff:203.0.113.7}) is that IPv4 address.
 *
 * @param network the first address of the block
 */
public record IpRange(InetAddress network, int prefixLength) {

    private static final int MAX_TEXT = 64;
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,2}");
    private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
    private static final int V6_GROUPS = 8;

    public IpRange {
        requireNonNull(network, "network");
        if (prefixLength < 0 || prefixLength > bits(network)) {
            throw wrong("has a prefix length that is not from 0 to " + bits(network));
        }
        var first = masked(network.getAddress(), prefixLength);
        if (!Arrays.equals(first, network.getAddress())) {
            throw wrong("has bits after its prefix; write " + text(inet(first)) + "/" + prefixLength);
        }
    }

    /** Reads a block, or a single address; refuses anything else as {@code ipAllowList}. */
    public static IpRange of(String text) {
        if (text == null || text.length() > MAX_TEXT) {
            throw notARange();
        }
        int slash = text.indexOf('/');
        var address = address(slash < 0 ? text : text.substring(0, slash)).orElseThrow(IpRange::notARange);
        if (slash < 0) {
            return new IpRange(address, bits(address));
        }
        var length = text.substring(slash + 1);
        if (!NUMBER.matcher(length).matches()) {
            throw notARange();
        }
        return new IpRange(address, Integer.parseInt(length));
    }

    /** Reads a literal address, IPv4 or IPv6, without a zone; empty for anything else, a name too. */
    public static Optional<InetAddress> address(String text) {
        if (text.length() > MAX_TEXT) {
            return Optional.empty();
        }
        return (text.indexOf(':') < 0 ? v4(text) : v6(text)).map(IpRange::inet);
    }

    public boolean contains(InetAddress address) {
        var bytes = address.getAddress();
        return bytes.length == network.getAddress().length
                && Arrays.equals(masked(bytes, prefixLength), network.getAddress());
    }

    /** As CIDR writes it, IPv6 in the form of RFC 5952. */
    @Override
    public String toString() {
        return text(network) + "/" + prefixLength;
    }

    private static Optional<byte[]> v4(String text) {
        var parts = text.split("\\.", -1);
        var bytes = new byte[4];
        if (parts.length != bytes.length) {
            return Optional.empty();
        }
        for (int i = 0; i < parts.length; i++) {
            if (!NUMBER.matcher(parts[i]).matches() || Integer.parseInt(parts[i]) > 255) {
                return Optional.empty();
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return Optional.of(bytes);
    }

    private static Optional<byte[]> v6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return Optional.empty();
        }
        var before = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
        var after = groups(gap < 0 ? "" : text.substring(gap + 2), true);
        if (before.isEmpty() || after.isEmpty()) {
            return Optional.empty();
        }
        int given = (before.get().length + after.get().length) / 2;
        if (gap < 0 ? given != V6_GROUPS : given >= V6_GROUPS) {
            return Optional.empty();
        }
        var bytes = Arrays.copyOf(before.get(), 2 * V6_GROUPS);
        System.arraycopy(after.get(), 0, bytes, bytes.length - after.get().length, after.get().length);
        return Optional.of(bytes);
    }

    /** The bytes of groups with colons between; the last may be an IPv4 address where the text ends. */
    private static Optional<byte[]> groups(String text, boolean atEnd) {
        if (text.isEmpty()) {
            return Optional.of(new byte[0]);
        }
        var parts = text.split(":", -1);
        var bytes = new byte[2 * parts.length + 2];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            if (atEnd && i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                var tail = v4(parts[i]);
                if (tail.isEmpty()) {
                    return Optional.empty();
                }
                System.arraycopy(tail.get(), 0, bytes, length, 4);
                length += 4;
            } else if (GROUP.matcher(parts[i]).matches()) {
                int group = Integer.parseInt(parts[i], 16);
                bytes[length++] = (byte) (group >> 8);
                bytes[length++] = (byte) group;
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(Arrays.copyOf(bytes, length));
    }

    private static byte[] masked(byte[] address, int prefixLength) {
        var masked = new byte[address.length];
        for (int i = 0; i < address.length; i++) {
            int kept = Math.max(0, Math.min(8, prefixLength - 8 * i));
            masked[i] = (byte) (address[i] & 0xFF << 8 - kept);
        }
        return masked;
    }

    private static int bits(InetAddress address) {
        return 8 * address.getAddress().length;
    }

    private static InetAddress inet(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException wrongLength) {
            throw new AssertionError(wrongLength);
        }
    }

    /** The address as text; the longest run of zero groups of an IPv6 one is left out. */
    private static String text(InetAddress address) {
        var bytes = address.getAddress();
        if (bytes.length == 4) {
            return address.getHostAddress();
        }
        var groups = new int[V6_GROUPS];
        int from = -1;
        int longest = 1;
        int run = 0;
        for (int i = 0; i < V6_GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xFF) << 8 | bytes[2 * i + 1] & 0xFF;
            run = groups[i] == 0 ? run + 1 : 0;
            if (run > longest) {
                longest = run;
                from = i - run + 1;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < V6_GROUPS; i++) {
            if (i == from) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.length() == 0 || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    private static InvalidValue notARange() {
        return wrong("must be an address or a block such as 203.0.113.0/24 or 2001:db8::/32");
    }

    private static InvalidValue wrong(String problem) {
        return new InvalidValue("ipAllowList", problem);
    }
}
