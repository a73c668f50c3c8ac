<?php
if ($curl = curl_init()) {
$requestArray = array(
'apiKey' => '*******....', // Your API key
'callList' => array(
array(
'id' => 123, // ID of the first call
'replannedAt' => 12345 // Unix timestamp amount of seconds
),
array(
'id' => 321, // ID of the second call
'replannedAt' => 54321 // Unix timestamp amount of seconds
)
),
);
$json = json_encode($requestArray);
curl_setopt($curl, CURLOPT_URL, 'https://in.effebot.com/apiCalls/update');
curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
curl_setopt($curl, CURLOPT_POST, true);
curl_setopt($curl, CURLOPT_POSTFIELDS, $json);
curl_setopt($curl, CURLOPT_HTTPHEADER, array('Content-Type: application/json', 'accept: application/json'));
curl_setopt($curl, CURLOPT_IPRESOLVE, CURL_IPRESOLVE_V4);
$out = curl_exec($curl);
echo $out;
curl_close($curl);
}
?>
