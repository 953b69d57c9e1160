locals {
  serve_flags = concat(
    ["serve", "--bucket", aws_s3_bucket.vault.id, "--region", data.aws_region.current.region, "--kms-key-id", local.kms_key_arn],
    flatten([for o in var.allowed_origins : ["--allow-origin", o]]),
  )

  setup_flags = concat(
    slice(local.serve_flags, 1, length(local.serve_flags)),
    ["--abort-after-days", tostring(var.abort_after_days)],
    var.strict ? ["--strict"] : [],
  )
}

output "bucket" {
  description = "The vault's bucket."
  value       = aws_s3_bucket.vault.id
}

output "kms_key_arn" {
  description = "The key that encrypts every object."
  value       = local.kms_key_arn
}

output "role_arn" {
  description = "The role that the signer runs as."
  value       = aws_iam_role.signer.arn
}

output "instance_profile" {
  description = "With assume = \"ec2\": the instance profile of that role."
  value       = one(aws_iam_instance_profile.signer[*].name)
}

output "serve_flags" {
  description = "Arguments of longshore-signer, as far as the vault decides them. Add --listen, --auth, --seal-key-file and TLS."
  value       = local.serve_flags
}

output "setup_flags" {
  description = "Flags for longshore-signer setup --dry-run, which finds nothing to change, and (without --abort-after-days) for doctor."
  value       = local.setup_flags
}

output "function_url" {
  description = "With the Lambda: the address to give to people."
  value       = one(aws_lambda_function_url.signer[*].function_url)
}
