variable "bucket" {
  description = "Name of the vault's bucket. Dots in it break TLS names of the bucket, so none are taken."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "The bucket's name is 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "kms_key_arn" {
  description = "ARN of a KMS key that is there already. Empty makes one, with its policy; a key of your own needs deploy/policies/key-policy.json."
  type        = string
  default     = ""

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "Give the key by its ARN (arn:aws:kms:REGION:ACCOUNT:key/ID), not by id or alias."
  }
}

variable "group_kms_key_arns" {
  description = "ARNs of the further KMS keys that the policy file (serve --policy) names for groups. Their own key policies must let the signer's role use them."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for k in var.group_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", k))])
    error_message = "Give keys by their ARN (arn:aws:kms:REGION:ACCOUNT:key/ID), not by id or alias."
  }
}

variable "abort_after_days" {
  description = "Incomplete uploads are aborted so many days after they began. 100 GB need 3.1 Mbit/s with 3 days, 1.4 with 7; below 7 a long weekend may end an upload, and doctor warns."
  type        = number
  default     = 3

  validation {
    condition     = var.abort_after_days >= 1 && var.abort_after_days <= 3650 && floor(var.abort_after_days) == var.abort_after_days
    error_message = "Whole days, 1 to 3650."
  }
}

variable "allowed_origins" {
  description = "Origins (https://host) of the web pages that upload from a browser. Empty: no CORS rule."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for o in var.allowed_origins : can(regex("^https?://[^/*?#]+$", o))])
    error_message = "An origin is https://host or https://host:port, without a path and without *."
  }
}

variable "strict" {
  description = "Refuse uploads without an encryption header too, which default encryption covers otherwise. Prove it first: longshore-signer setup --strict."
  type        = bool
  default     = false
}

variable "versioning" {
  description = "Keep older versions. Longshore never writes a key twice; versions protect against others who may."
  type        = bool
  default     = true
}

variable "role_name" {
  description = "Name of the role that the signer runs as."
  type        = string
  default     = "longshore-signer"
}

variable "permissions_boundary" {
  description = "ARN of a permissions boundary for the role; empty: none."
  type        = string
  default     = ""
}

variable "assume" {
  description = "Where the signer runs, which decides who may assume its role: ecs, ec2, lambda or irsa (a service account of EKS)."
  type        = string
  default     = "ecs"

  validation {
    condition     = contains(["ecs", "ec2", "lambda", "irsa"], var.assume)
    error_message = "One of ecs, ec2, lambda, irsa."
  }
}

variable "irsa" {
  description = "With assume = \"irsa\": the cluster's OIDC provider (its ARN), and the service account that the signer runs as."
  type = object({
    provider_arn    = string
    namespace       = string
    service_account = string
  })
  default = {
    provider_arn    = ""
    namespace       = ""
    service_account = ""
  }
}

variable "key_operators" {
  description = "ARNs of the roles that run longshore-signer setup and doctor: they may use the key as the signer does."
  type        = list(string)
  default     = []
}

variable "key_readers" {
  description = "ARNs of the roles that read the vault: they may decrypt, through S3 and in this bucket alone."
  type        = list(string)
  default     = []
}

variable "lambda" {
  description = "With assume = \"lambda\": the signer as a function behind a function URL. The image is deploy/Dockerfile's with your policy file added, in ECR; serve_flags are further flags of longshore-signer serve. memory_mb also decides the processor's share."
  type = object({
    image_uri   = string
    serve_flags = list(string)
    memory_mb   = optional(number, 512)
    concurrency = optional(number, -1)
  })
  default = null
}

variable "lambda_seal_key" {
  description = "With lambda: the seal key, base64 of 32 or more random bytes (openssl rand -base64 32). It ends up in Terraform's state and in the function's configuration."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.lambda_seal_key == "" || can(regex("^[A-Za-z0-9+/]{43,}={0,2}$", var.lambda_seal_key))
    error_message = "Base64 of at least 32 bytes."
  }
}

variable "tags" {
  description = "Tags on everything that takes them."
  type        = map(string)
  default     = {}
}
