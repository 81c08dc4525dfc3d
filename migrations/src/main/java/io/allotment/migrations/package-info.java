/** The SQL that makes and changes the tables, and {@link io.allotment.migrations.Migrations} that applies it. */
package io.allotment.migrations;
