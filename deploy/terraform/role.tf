# The role that the signer runs as: exactly the actions of signer/bucket/iam.go,
# which says for each why it is needed. It may neither delete nor change a setting.

locals {
  service_principals = {
    ecs    = "ecs-tasks.amazonaws.com"
    ec2    = "ec2.${local.dns_suffix}"
    lambda = "lambda.amazonaws.com"
  }

  # arn:PARTITION:iam::ACCOUNT:oidc-provider/ISSUER
  irsa_issuer = join("/", slice(split("/", "${var.irsa.provider_arn}/"), 1, length(split("/", var.irsa.provider_arn))))

  assume_service = {
    Sid       = "LongshoreService"
    Effect    = "Allow"
    Action    = ["sts:AssumeRole"]
    Principal = { Service = [lookup(local.service_principals, var.assume, "ecs-tasks.amazonaws.com")] }
  }

  assume_ecs = merge(local.assume_service, {
    Condition = { StringEquals = { "aws:SourceAccount" = [data.aws_caller_identity.current.account_id] } }
  })

  assume_irsa = {
    Sid       = "LongshoreServiceAccount"
    Effect    = "Allow"
    Action    = ["sts:AssumeRoleWithWebIdentity"]
    Principal = { Federated = [var.irsa.provider_arn] }
    Condition = {
      StringEquals = {
        "${local.irsa_issuer}:aud" = ["sts.amazonaws.com"]
        "${local.irsa_issuer}:sub" = ["system:serviceaccount:${var.irsa.namespace}:${var.irsa.service_account}"]
      }
    }
  }

  assume_statements = {
    ecs    = jsonencode(local.assume_ecs)
    ec2    = jsonencode(local.assume_service)
    lambda = jsonencode(local.assume_service)
    irsa   = jsonencode(local.assume_irsa)
  }
}

resource "aws_iam_role" "signer" {
  name                 = var.role_name
  description          = "Longshore signer of the vault ${var.bucket}"
  assume_role_policy   = "{\"Version\":\"2012-10-17\",\"Statement\":[${local.assume_statements[var.assume]}]}"
  permissions_boundary = var.permissions_boundary == "" ? null : var.permissions_boundary
  tags                 = var.tags

  lifecycle {
    precondition {
      condition     = var.assume != "irsa" || (can(regex(":oidc-provider/", var.irsa.provider_arn)) && var.irsa.namespace != "" && var.irsa.service_account != "")
      error_message = "assume = \"irsa\" needs irsa.provider_arn, irsa.namespace and irsa.service_account."
    }
  }
}

resource "aws_iam_role_policy" "signer" {
  name = "longshore-vault"
  role = aws_iam_role.signer.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LongshoreBucket"
        Effect   = "Allow"
        Action   = ["s3:ListBucketMultipartUploads", "s3:ListBucket"]
        Resource = [aws_s3_bucket.vault.arn]
      },
      {
        Sid    = "LongshoreObjects"
        Effect = "Allow"
        Action = [
          "s3:PutObject",
          "s3:PutObjectTagging",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
          "s3:GetObject",
        ]
        Resource = ["${aws_s3_bucket.vault.arn}/*"]
      },
      {
        Sid      = "LongshoreKey"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = local.kms_keys
      },
    ]
  })
}

# EC2 takes a role by an instance profile.
resource "aws_iam_instance_profile" "signer" {
  count = var.assume == "ec2" ? 1 : 0
  name  = var.role_name
  role  = aws_iam_role.signer.name
}
