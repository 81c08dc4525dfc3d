-- What all tenants were billed in some months is found by these months: the indexes of V18 begin with a tenant.
create index invoices_issued_of_all on invoices (issued_at);
create index invoices_paid_of_all on invoices ((coalesce(paid_at, issued_at))) where paid_minor <> 0;
create index refunds_created_of_all on refunds (created_at);
