// Everything comes from this server: no fonts, no telemetry, no proxy, no hosted client.
Scalar.createApiReference('#reference', {
  url: '/openapi.yaml',
  theme: 'none',
  layout: 'modern',
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  documentDownloadType: 'yaml',
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  defaultOpenAllTags: false,
  hideModels: false,
  persistAuth: false,
  authentication: { preferredSecurityScheme: 'rootKey' },
  operationTitleSource: 'summary',
  orderRequiredPropertiesFirst: true,
  orderSchemaPropertiesBy: 'preserve',
})
