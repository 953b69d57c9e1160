# The vault's bucket, as `longshore-signer setup` would make it. A test
# (deploy/terraform_test.go) holds both equal.

data "aws_region" "current" {}
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

resource "aws_s3_bucket" "vault" {
  bucket = var.bucket
  tags   = var.tags
}

# No ACLs: what is in the bucket belongs to the account, whoever sent it.
resource "aws_s3_bucket_ownership_controls" "vault" {
  bucket = aws_s3_bucket.vault.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "vault" {
  bucket                  = aws_s3_bucket.vault.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "vault" {
  bucket = aws_s3_bucket.vault.id

  versioning_configuration {
    status = var.versioning ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "vault" {
  bucket = aws_s3_bucket.vault.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "vault" {
  bucket = aws_s3_bucket.vault.id

  rule {
    id     = "longshore-abort-incomplete-uploads"
    status = "Enabled"

    filter {
      prefix = ""
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_after_days
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "vault" {
  count  = length(var.allowed_origins) > 0 ? 1 : 0
  bucket = aws_s3_bucket.vault.id

  cors_rule {
    id              = "longshore-browser-uploads"
    allowed_origins = var.allowed_origins
    allowed_methods = ["PUT"]
    allowed_headers = ["content-type", "content-md5", "if-none-match", "x-amz-*"]
    expose_headers = [
      "ETag",
      "x-amz-checksum-crc64nvme",
      "x-amz-checksum-crc32",
      "x-amz-checksum-crc32c",
      "x-amz-checksum-sha1",
      "x-amz-checksum-sha256",
      "x-amz-version-id",
    ]
    max_age_seconds = 3600
  }
}
