/** What tests stand on, ours and those of whoever embeds Allotment: databases, fixtures, a clock, and the suites that every adapter must pass. */
package io.allotment.testkit;
