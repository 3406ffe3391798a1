-- Makes the owner a member of each login again that took that back; without a superuser's rights nobody else may see and
-- end its sessions. No parameters. One row; some 0.1 ms.
select tracking.bi_regain()
