# Management events as always, and who reads the objects of one bucket.
resource "iamguard_trail" "with_data_events" {
  name           = "audit-with-data-events"
  s3_bucket_name = "example-corp-audit-log"

  advanced_event_selector {
    name = "management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  advanced_event_selector {
    name = "objects of the payroll bucket"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = ["arn:aws:s3:::example-corp-payroll/"]
    }
  }

  insight_selector {
    insight_type = "ApiErrorRateInsight"
  }
}
