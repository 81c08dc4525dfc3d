package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangeTest {

    @ParameterizedTest
    @CsvSource({
        "203.0.113.0/24, 203.0.113.0/24",
        "203.0.113.7, 203.0.113.7/32",
        "0.0.0.0/0, 0.0.0.0/0",
        "10.128.0.0/9, 10.128.0.0/9",
        "2001:db8::/32, 2001:db8::/32",
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1/128",
        "::/0, ::/0",
        "::1, ::1/128",
        "1::, 1::/128",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3/128",
        "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7/128",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221/128",
        "::ffff:192.0.2.33, 192.0.2.33/32",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0/128",
    })
    void a_block_is_read_and_told_in_one_form(String text, String told) {
        assertThat(IpRange.of(text)).hasToString(told);
        assertThat(IpRange.of(told)).isEqualTo(IpRange.of(text));
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.0/24, 203.0.113.255, true",
        "203.0.113.0/24, 203.0.114.0, false",
        "203.0.113.7, 203.0.113.7, true",
        "203.0.113.7, 203.0.113.6, false",
        "0.0.0.0/0, 255.255.255.255, true",
        "10.128.0.0/9, 10.255.0.1, true",
        "10.128.0.0/9, 10.127.255.255, false",
        "2001:db8::/32, 2001:db8:ffff::1, true",
        "2001:db8::/32, 2001:db9::, false",
        "2001:db8::/33, 2001:db8:8000::, false",
        "0.0.0.0/0, ::1, false",
        "::/0, 127.0.0.1, false",
        "127.0.0.0/8, ::ffff:127.0.0.1, true",
    })
    void an_address_is_in_the_block_whose_prefix_it_has(String range, String address, boolean isIn) {
        assertThat(IpRange.of(range).contains(IpRange.address(address).orElseThrow()))
                .isEqualTo(isIn);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "localhost",
                "example.org",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "01.2.3.4",
                "1.2.3.-4",
                "1.2.3.4/",
                "1.2.3.4/33",
                "1.2.3.4/-1",
                "1.2.3.4/08",
                "1.2.3.4/24/24",
                "0x7f.0.0.1",
                "2130706433",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                ":::",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "12345::",
                "g::",
                ":1",
                "1:",
                "::1%eth0",
                "[::1]",
                "1.2.3.4::",
                "::1.2.3.4:5",
                "::1.2.3",
                "::/129",
                "٣.1.1.1"
            })
    void anything_else_is_refused_and_no_name_server_is_asked(String text) {
        assertThatThrownBy(() -> IpRange.of(text))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refused -> assertThat(refused.field()).contains("ipAllowList"));
    }

    @Test
    void bits_after_the_prefix_are_refused_with_the_block_that_was_meant() {
        assertThatThrownBy(() -> IpRange.of("10.1.2.3/8")).hasMessageContaining("write 10.0.0.0/8");
        assertThatThrownBy(() -> IpRange.of("2001:db8::1/32")).hasMessageContaining("write 2001:db8::/32");
    }
}
