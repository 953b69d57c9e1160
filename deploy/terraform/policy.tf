# What the bucket itself refuses. A request that says nothing of encryption gets
# the bucket's default; "Null" = "false" is what spares parts and Complete, which
# carry no such header (signer/bucket/statements.go says why not ...IfExists).

locals {
  # S3 compares the key as an ARN; others compare what was sent, which may be the id.
  kms_key_forms = flatten([for k in local.kms_keys : [k, reverse(split("/", k))[0]]])

  deny_without_tls = {
    Sid       = "longshore-deny-without-tls"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["s3:*"]
    Resource  = [aws_s3_bucket.vault.arn, "${aws_s3_bucket.vault.arn}/*"]
    Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
  }

  deny_other_encryption = {
    Sid       = "longshore-deny-other-encryption"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["s3:PutObject"]
    Resource  = ["${aws_s3_bucket.vault.arn}/*"]
    Condition = {
      Null            = { "s3:x-amz-server-side-encryption" = ["false"] }
      StringNotEquals = { "s3:x-amz-server-side-encryption" = ["aws:kms"] }
    }
  }

  deny_other_kms_key = {
    Sid       = "longshore-deny-other-kms-key"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["s3:PutObject"]
    Resource  = ["${aws_s3_bucket.vault.arn}/*"]
    Condition = {
      Null = { "s3:x-amz-server-side-encryption" = ["false"] }
      StringNotEquals = {
        "s3:x-amz-server-side-encryption-aws-kms-key-id" = local.kms_key_forms
      }
    }
  }

  deny_customer_keys = {
    Sid       = "longshore-deny-customer-keys"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["s3:PutObject"]
    Resource  = ["${aws_s3_bucket.vault.arn}/*"]
    Condition = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = ["false"] } }
  }

  deny_without_encryption_header = {
    Sid       = "longshore-deny-without-encryption-header"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["s3:PutObject"]
    Resource  = ["${aws_s3_bucket.vault.arn}/*"]
    Condition = { Null = { "s3:x-amz-server-side-encryption" = ["true"] } }
  }

  # Joined as text: Terraform wants all elements of a list to be of one type, and
  # these have different conditions.
  bucket_statements = concat(
    [
      jsonencode(local.deny_without_tls),
      jsonencode(local.deny_other_encryption),
      jsonencode(local.deny_other_kms_key),
      jsonencode(local.deny_customer_keys),
    ],
    var.strict ? [jsonencode(local.deny_without_encryption_header)] : [],
  )
}

resource "aws_s3_bucket_policy" "vault" {
  bucket = aws_s3_bucket.vault.id
  policy = "{\"Version\":\"2012-10-17\",\"Statement\":[${join(",", local.bucket_statements)}]}"

  depends_on = [aws_s3_bucket_public_access_block.vault]
}
