"""Other SMS gateways that ``./run bench sms`` measures beside the product: Kannel and Jasmin."""
