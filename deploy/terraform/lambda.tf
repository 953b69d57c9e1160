# The signer as a function: `longshore-signer serve --lambda` in the image of
# deploy/Dockerfile. docs/operations.md says when that fits, and what it costs.

locals {
  lambda_count = var.assume == "lambda" && var.lambda != null ? 1 : 0
}

resource "aws_cloudwatch_log_group" "signer" {
  count             = local.lambda_count
  name              = "/aws/lambda/${var.role_name}"
  retention_in_days = 365
  tags              = var.tags
}

resource "aws_iam_role_policy" "logs" {
  count = local.lambda_count
  name  = "longshore-logs"
  role  = aws_iam_role.signer.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "LongshoreLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.signer[0].arn}:*"]
    }]
  })
}

resource "aws_lambda_function" "signer" {
  count                          = local.lambda_count
  function_name                  = var.role_name
  role                           = aws_iam_role.signer.arn
  package_type                   = "Image"
  image_uri                      = var.lambda.image_uri
  memory_size                    = var.lambda.memory_mb
  reserved_concurrent_executions = var.lambda.concurrency
  timeout                        = 900 # a Complete of many parts takes minutes
  tags                           = var.tags

  image_config {
    command = concat(local.serve_flags, ["--lambda", "--seal-key-file", "env:LONGSHORE_SEAL_KEY"], var.lambda.serve_flags)
  }

  environment {
    variables = { LONGSHORE_SEAL_KEY = var.lambda_seal_key }
  }

  lifecycle {
    precondition {
      condition     = var.lambda_seal_key != ""
      error_message = "The function needs lambda_seal_key."
    }
  }

  depends_on = [aws_iam_role_policy.logs]
}

# NONE means that AWS asks for no signature: the signer asks for a token itself.
resource "aws_lambda_function_url" "signer" {
  count              = local.lambda_count
  function_name      = aws_lambda_function.signer[0].function_name
  authorization_type = "NONE"
}

# Function URLs need lambda:InvokeFunctionUrl, which the resource above grants by
# itself, and since October 2025 this one too.
resource "aws_lambda_permission" "signer" {
  count                    = local.lambda_count
  statement_id             = "LongshoreFunctionURL"
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.signer[0].function_name
  principal                = "*"
  invoked_via_function_url = true
}
