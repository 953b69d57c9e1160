# The vault's key. The account administers it by IAM policies, but nobody uses it
# unless this policy names them, and then through S3 and for this bucket alone.

locals {
  kms_key_arn = var.kms_key_arn != "" ? var.kms_key_arn : one(aws_kms_key.vault[*].arn)
  kms_keys    = concat([local.kms_key_arn], var.group_kms_key_arns)
  dns_suffix  = data.aws_partition.current.dns_suffix

  key_only_here = {
    StringEquals = { "kms:ViaService" = ["s3.${data.aws_region.current.region}.${local.dns_suffix}"] }
    StringLike   = { "kms:EncryptionContext:aws:s3:arn" = [aws_s3_bucket.vault.arn, "${aws_s3_bucket.vault.arn}/*"] }
  }

  key_administration = {
    Sid       = "LongshoreAdministration"
    Effect    = "Allow"
    Principal = { AWS = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"] }
    Action = [
      "kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*", "kms:Get*",
      "kms:List*", "kms:Put*", "kms:Revoke*", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:Update*",
    ]
    Resource = "*"
  }

  key_upload = {
    Sid       = "LongshoreUpload"
    Effect    = "Allow"
    Principal = { AWS = concat([aws_iam_role.signer.arn], var.key_operators) }
    Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
    Resource  = "*"
    Condition = local.key_only_here
  }

  key_read = {
    Sid       = "LongshoreRead"
    Effect    = "Allow"
    Principal = { AWS = var.key_readers }
    Action    = ["kms:Decrypt"]
    Resource  = "*"
    Condition = local.key_only_here
  }

  key_statements = concat(
    [jsonencode(local.key_administration), jsonencode(local.key_upload)],
    length(var.key_readers) > 0 ? [jsonencode(local.key_read)] : [],
  )
}

resource "aws_kms_key" "vault" {
  count                   = var.kms_key_arn == "" ? 1 : 0
  description             = "Longshore vault ${var.bucket}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = "{\"Version\":\"2012-10-17\",\"Statement\":[${join(",", local.key_statements)}]}"
  tags                    = var.tags
}

resource "aws_kms_alias" "vault" {
  count         = var.kms_key_arn == "" ? 1 : 0
  name          = "alias/longshore-${var.bucket}"
  target_key_id = aws_kms_key.vault[0].key_id
}
